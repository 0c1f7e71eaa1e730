import { BSONRegExp, Int32 } from 'bson';
import { type Doc, isDoc, setField } from '../bson/document.ts';
import { integerArgument } from '../bson/numbers.ts';
import { valuesAt } from '../bson/path.ts';
import { badValue, Fault, failedToParse, notImplemented } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { compileProjection } from '../query/projection.ts';
import { parseSort, sortDocs } from '../query/sort.ts';
import { addFields, applyComputed, createNode, requireFieldParts } from './computed.ts';
import { compileExpression } from './expression.ts';
import { compileGroup } from './group.ts';
import { extendScope, type Scope } from './scope.ts';
import { compileUnwind } from './unwind.ts';

export type Stage = (docs: readonly Doc[]) => Doc[];

/** What a pipeline may use in addition to its input documents. */
export interface PipelineContext {
  readonly scope: Scope;
  /** Reads another collection of the same database. Absent in updates, which may read only their own document. */
  readonly find?: (collection: string, filter: Doc) => Doc[];
  /** Throws when the time of the command is over. */
  readonly checkTime: () => void;
}

type StageCompiler = (argument: unknown, context: PipelineContext) => Stage;

const requireDoc = (stage: string, argument: unknown): Doc => {
  if (!isDoc(argument)) throw failedToParse(`the ${stage} specification must be an object`);
  return argument;
};

const replaceRoot = (expression: unknown, { scope }: PipelineContext): Stage => {
  const evaluate = compileExpression(expression, scope);
  return (docs) =>
    docs.map((doc) => {
      const next = evaluate(scope.environment(doc));
      if (!isDoc(next))
        throw new Fault(40228, 'Location40228', "'newRoot' expression must evaluate to an object");
      return next;
    });
};

const project: StageCompiler = (argument, { scope }) => {
  const projection = compileProjection(requireDoc('$project', argument), scope, true);
  return (docs) => docs.map((doc) => projection(doc));
};

const addFieldsStage: StageCompiler = (argument, { scope }) => {
  const node = createNode();
  addFields(node, requireDoc('$addFields', argument), scope);
  return (docs) => docs.map((doc) => applyComputed(doc, node, scope.environment(doc)) as Doc);
};

const unset: StageCompiler = (argument, { scope }) => {
  const paths = Array.isArray(argument) ? argument : [argument];
  if (paths.length === 0 || paths.some((path) => typeof path !== 'string'))
    throw badValue('$unset specification must be a string or an array of strings');
  const projection = compileProjection(
    Object.fromEntries(paths.map((path) => [String(path), new Int32(0)])),
    scope,
    true,
  );
  return (docs) => docs.map((doc) => projection(doc));
};

const lookup: StageCompiler = (argument, context) => {
  const { find } = context;
  if (!find) throw notImplemented('$lookup here');
  const {
    from,
    localField,
    foreignField,
    as,
    let: variables,
    pipeline,
    ...rest
  } = requireDoc('$lookup', argument);
  for (const name of Object.keys(rest)) throw failedToParse(`unknown argument to $lookup: ${name}`);
  if (typeof from !== 'string' || typeof as !== 'string')
    throw failedToParse("$lookup needs 'from' and 'as' as strings");
  if (pipeline !== undefined && localField !== undefined)
    throw notImplemented('$lookup with both localField and pipeline');
  const set = (doc: Doc, found: Doc[]): Doc => {
    const node = createNode();
    addFields(node, { [as]: { $literal: found } }, context.scope);
    return applyComputed(doc, node, context.scope.environment(doc)) as Doc;
  };

  if (pipeline !== undefined) {
    const given = variables === undefined ? {} : requireDoc('let', variables);
    const bindings = Object.entries(given).map(
      ([name, value]) => [name, compileExpression(value, context.scope)] as const,
    );
    // The pipeline is compiled here without documents, so that an unknown operator is an error even if no document is joined.
    compilePipeline(pipeline, {
      ...context,
      scope: extendScope(
        context.scope,
        bindings.map(([name]) => [name, null] as const),
      ),
    });
    return (docs) =>
      docs.map((doc) => {
        context.checkTime();
        const environment = context.scope.environment(doc);
        const scope = extendScope(
          context.scope,
          bindings.map(([name, evaluate]) => [name, evaluate(environment)] as const),
        );
        return set(doc, compilePipeline(pipeline, { ...context, scope })(find(from, {})));
      });
  }

  if (typeof localField !== 'string' || typeof foreignField !== 'string')
    throw failedToParse('$lookup needs localField and foreignField, or a pipeline');
  const localParts = requireFieldParts(localField);
  requireFieldParts(foreignField);
  return (docs) =>
    docs.map((doc) => {
      context.checkTime();
      const { values } = valuesAt(doc, localParts);
      if (values.some((value) => value instanceof BSONRegExp))
        throw notImplemented('$lookup by regular expressions');
      const wanted = values.map((value) => value ?? null);
      return set(doc, find(from, { [foreignField]: { $in: wanted } }));
    });
};

const facet: StageCompiler = (argument, context) => {
  const branches = Object.entries(requireDoc('$facet', argument)).map(
    ([name, stages]) => [name, compilePipeline(stages, context)] as const,
  );
  return (docs) => {
    const out: Doc = {};
    for (const [name, run] of branches) setField(out, name, run(docs));
    return [out];
  };
};

const count: StageCompiler = (name) => {
  if (typeof name !== 'string' || name === '' || name.startsWith('$') || name.includes('.'))
    throw new Fault(40156, 'Location40156', 'the count field must be a non-empty string without $ and .');
  return (docs) => (docs.length === 0 ? [] : [{ [name]: new Int32(docs.length) }]);
};

const sample: StageCompiler = (argument) => {
  const size = integerArgument(requireDoc('$sample', argument)['size'], 'size');
  if (size <= 0) throw new Fault(28747, 'Location28747', 'size argument to $sample must be positive');
  return (docs) => {
    const left = [...docs];
    const taken: Doc[] = [];
    while (taken.length < size && left.length > 0)
      taken.push(...left.splice(Math.floor(Math.random() * left.length), 1));
    return taken;
  };
};

const STAGES: Readonly<Record<string, StageCompiler>> = {
  $match: (argument, { scope }) => {
    const matches = compileFilter(requireDoc('$match', argument), scope);
    return (docs) => docs.filter((doc) => matches(doc));
  },
  $project: project,
  $addFields: addFieldsStage,
  $set: addFieldsStage,
  $unset: unset,
  $replaceRoot: (argument, context) => replaceRoot(requireDoc('$replaceRoot', argument)['newRoot'], context),
  $replaceWith: replaceRoot,
  $group: (argument, { scope }) => compileGroup(argument, scope),
  $sortByCount: (argument, { scope }) => {
    const group = compileGroup({ _id: argument, count: { $sum: new Int32(1) } }, scope);
    return (docs) => sortDocs(group(docs), parseSort({ count: -1 }));
  },
  $sort: (argument) => {
    const fields = parseSort(argument);
    if (fields.length === 0)
      throw new Fault(15976, 'Location15976', '$sort stage must have at least one sort key');
    return (docs) => sortDocs(docs, fields);
  },
  $limit: (argument) => {
    const limit = integerArgument(argument, '$limit');
    if (limit <= 0) throw new Fault(15958, 'Location15958', 'the limit must be positive');
    return (docs) => docs.slice(0, limit);
  },
  $skip: (argument) => {
    const skip = integerArgument(argument, '$skip');
    if (skip < 0) throw new Fault(15956, 'Location15956', 'Argument to $skip cannot be negative');
    return (docs) => docs.slice(skip);
  },
  $count: count,
  $sample: sample,
  $unwind: (argument) => compileUnwind(argument),
  $lookup: lookup,
  $facet: facet,
};

const UPDATE_STAGES = new Set(['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith']);

const stageOf = (spec: unknown): readonly [string, unknown] => {
  const names = isDoc(spec) ? Object.keys(spec) : [];
  const [name] = names;
  if (!isDoc(spec) || names.length !== 1 || name === undefined)
    throw new Fault(
      40323,
      'Location40323',
      'A pipeline stage specification object must contain exactly one field.',
    );
  return [name, spec[name]];
};

/** Compiles every stage first, so that an unknown stage is an error even if there are no documents. */
export const compilePipeline = (stages: unknown, context: PipelineContext): Stage => {
  if (!Array.isArray(stages)) throw typeError();
  const compiled = stages.map((spec: unknown) => {
    const [name, argument] = stageOf(spec);
    const compiler = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
    if (!compiler) throw notImplemented(`the aggregation stage ${name}`);
    return compiler(argument, context);
  });
  return (docs) =>
    compiled.reduce<Doc[]>(
      (current, stage) => {
        context.checkTime();
        return stage(current);
      },
      [...docs],
    );
};

/** A pipeline as an update. It allows fewer stages and may read only the document. */
export const compileUpdatePipeline = (stages: readonly unknown[], scope: Scope): Stage => {
  for (const spec of stages) {
    const [name] = stageOf(spec);
    if (!UPDATE_STAGES.has(name)) throw invalidUpdateStage(name);
  }
  return compilePipeline(stages, { scope, checkTime: () => undefined });
};

const typeError = () => new Fault(14, 'TypeMismatch', "'pipeline' option must be specified as an array");
const invalidUpdateStage = (name: string) =>
  new Fault(72, 'InvalidOptions', `${name} is not allowed to be used within an update`);
