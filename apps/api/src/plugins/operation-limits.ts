import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** The schema's own fields nest three deep; unions and fragments add no depth. */
const MAX_DEPTH = 8;

/** graphql-js leaves an operation of a kind that the schema lacks to execution. */
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
 * One root field per operation, counted after expanding fragments: a limit per request is a limit per attempt only while
 * aliases, fragments and spreads cannot multiply the mutation. Fields with one response name are one field, as in execution;
 * `__typename` costs nothing and does not count.
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

/** Response names of all root fields but `__typename`. */
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

/** Each fragment is looked at once per depth left, so nested spreads cost no more than they say. */
const isDeeper = (root: SelectionSetNode, limit: number, fragmentOf: FragmentOf): boolean => {
  const seen = new Set<string>();

  const exceeds = ({ selections }: SelectionSetNode, left: number): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) {
        // Introspection nests deeper by nature; tokens bound it, and production has none.
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
