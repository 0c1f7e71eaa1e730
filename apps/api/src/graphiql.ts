import type { YogaServerOptions } from 'graphql-yoga';

type RenderGraphiQL = NonNullable<YogaServerOptions<object, object>['renderGraphiQL']>;

/**
 * GraphiQL with its scripts inlined, so that it works without a network. Undefined where the package was not installed, as in
 * images: it is 18 MB that only development needs. Yoga's own page, which loads its scripts from elsewhere, takes its place.
 */
export const loadGraphiQL = async (): Promise<RenderGraphiQL | undefined> => {
  try {
    // biome-ignore lint/correctness/noUndeclaredDependencies: a development dependency, and its absence is handled
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    return renderGraphiQL;
  } catch {
    return undefined;
  }
};
