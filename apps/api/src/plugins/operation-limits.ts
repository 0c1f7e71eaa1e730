import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** The fields of the schema nest three deep. Unions and fragments add no depth. */
const MAX_DEPTH = 8;

/** Rejects a kind of operation that the schema does not have. graphql-js would detect it only during execution. */
export const knownOperationRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (!context.getSchema().getRootType(operation.operation)) {
      context.reportError(new GraphQLError('unknown kind of operation', { nodes: operation }));
    }
    return false;
  },
});

type FragmentOf = ValidationContext['getFragment'];

/**
 * Allows one root field per operation, counted after expanding fragments. The rate limits count HTTP requests, so aliases and
 * fragments must not be able to repeat the mutation within one request. Fields with the same response name are one field, as
 * in execution. `__typename` costs nothing and does not count.
 * See docs/decisions/0021.
 */
export const operationLimitsRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const fragment: FragmentOf = (name) => context.getFragment(name);

    if (
      rootFieldNames(operation, fragment).size > 1 ||
      isDeeper(operation.selectionSet, MAX_DEPTH, fragment)
    ) {
      context.reportError(
        new GraphQLError('too much', { nodes: operation, extensions: { code: 'OPERATION_LIMIT' } }),
      );
    }
    return false;
  },
});

/** The response names of all root fields except `__typename`. */
const rootFieldNames = (operation: OperationDefinitionNode, fragmentOf: FragmentOf): ReadonlySet<string> => {
  const names = new Set<string>();
  const seen = new Set<FragmentDefinitionNode>();

  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value !== '__typename') names.add((selection.alias ?? selection.name).value);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else {
        const fragment = fragmentOf(selection.name.value);
        if (!fragment || seen.has(fragment)) continue;
        seen.add(fragment);
        collect(fragment.selectionSet);
      }
    }
  };

  collect(operation.selectionSet);
  return names;
};

/** Visits each fragment once per remaining depth, so nested fragments that repeat each other cannot multiply the work. */
const isDeeper = (root: SelectionSetNode, limit: number, fragmentOf: FragmentOf): boolean => {
  const seen = new Set<string>();

  const exceeds = ({ selections }: SelectionSetNode, left: number): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) {
        // The introspection query nests deeper. The token limit bounds it, and production does not allow it.
        if (selection.name.value.startsWith('__')) return false;
        return left === 0 || (selection.selectionSet ? exceeds(selection.selectionSet, left - 1) : false);
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) return exceeds(selection.selectionSet, left);

      const key = `${selection.name.value} ${left}`;
      const fragment = fragmentOf(selection.name.value);
      if (!fragment || seen.has(key)) return false;
      seen.add(key);
      return exceeds(fragment.selectionSet, left);
    });

  return exceeds(root, limit);
};
