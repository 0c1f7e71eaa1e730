import type { YogaServerOptions } from 'graphql-yoga';

type RenderGraphiQL = NonNullable<YogaServerOptions<object, object>['renderGraphiQL']>;

/**
 * Loads GraphiQL with its scripts inlined, so that it works without a network. Returns undefined if the package is not
 * installed, as in the images: it takes 18 MB and only development needs it. Yoga then shows its own page, which loads its
 * scripts from the internet.
 */
export const loadGraphiQL = async (): Promise<RenderGraphiQL | undefined> => {
  try {
    // biome-ignore lint/correctness/noUndeclaredDependencies: this development dependency may be absent
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    return renderGraphiQL;
  } catch {
    return undefined;
  }
};
