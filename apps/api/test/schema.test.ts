import { createPasswordPolicy } from '@latchkey/password-reset';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createSchema } from '../src/graphql/schema.ts';
import { createApiMetrics } from '../src/metrics.ts';

const schemaOf = () => {
  const unused = () => Promise.reject(new Error('printing a schema resolves nothing'));
  return createSchema({
    requestPasswordReset: unused,
    resetPassword: unused,
    checkToken: unused,
    policy: createPasswordPolicy({ minLength: 8, normalization: 'none' }),
    metrics: createApiMetrics(new Registry(), {
      breaker: () => 'closed',
      hashingQueued: () => 0,
    }),
  });
};

it('the schema is what schema.graphql says [T-11] [T-34]', async () => {
  const text = printSchema(lexicographicSortSchema(schemaOf()));
  await expect(`${text}\n`).toMatchFileSnapshot('../schema.graphql');
});

/** Every name of the type that a client can see, with its description. */
const membersOf = (type: GraphQLNamedType): readonly (readonly [string, string | null | undefined])[] => {
  const members: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type))
    for (const { name, description } of type.getValues()) members.push([`${type.name}.${name}`, description]);
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      members.push([`${type.name}.${field.name}`, field.description]);
      for (const { name, description } of 'args' in field ? field.args : [])
        members.push([`${type.name}.${field.name}(${name})`, description]);
    }
  }
  return members;
};

it('the schema describes every member to those who read it in their own tools', () => {
  const types = Object.values(schemaOf().getTypeMap());
  const own = types.filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
  const members = own.flatMap(membersOf);

  expect(members.length).toBeGreaterThan(50);
  expect(members.filter(([, description]) => !description).map(([name]) => name)).toEqual([]);
});
