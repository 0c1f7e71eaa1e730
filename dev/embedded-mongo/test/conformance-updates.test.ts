import { type Document, Double, Int32, Long, Timestamp } from 'mongodb';
import { expect, test } from 'vitest';
import { describeBackends } from './conformance.backends.ts';
import { useClient } from './conformance.client.ts';

interface Case {
  readonly name: string;
  readonly doc: Document;
  readonly update: Document | Document[];
  readonly after?: Document;
  readonly code?: number;
  readonly filter?: Document;
  readonly arrayFilters?: Document[];
}

const CASES: readonly Case[] = [
  {
    name: '$set makes missing parents',
    doc: { a: 1 },
    update: { $set: { 'b.c': 2 } },
    after: { a: 1, b: { c: 2 } },
  },
  {
    name: '$set replaces a document as a whole',
    doc: { a: { x: 1, y: 2 } },
    update: { $set: { a: { x: 1 } } },
    after: { a: { x: 1 } },
  },
  {
    name: '$set beyond the end of an array fills with null',
    doc: { a: [1, 2] },
    update: { $set: { 'a.3': 9 } },
    after: { a: [1, 2, null, 9] },
  },
  { name: '$set through a scalar fails', doc: { a: 1 }, update: { $set: { 'a.b': 1 } }, code: 28 },
  {
    name: '$set of a name in an array of documents fails',
    doc: { c: [{ b: 2 }] },
    update: { $set: { 'c.b': 1 } },
    code: 28,
  },
  { name: '$unset removes a field', doc: { a: 1, b: 1 }, update: { $unset: { b: '' } }, after: { a: 1 } },
  {
    name: '$unset in an array leaves null',
    doc: { a: [1, 2] },
    update: { $unset: { 'a.0': 1 } },
    after: { a: [null, 2] },
  },
  { name: '$inc makes a missing field', doc: {}, update: { $inc: { 'a.b': 2 } }, after: { a: { b: 2 } } },
  { name: '$inc of null fails', doc: { a: null }, update: { $inc: { a: 1 } }, code: 14 },
  { name: '$inc by a string fails', doc: { a: 1 }, update: { $inc: { a: 'x' } }, code: 14 },
  { name: '$mul of a missing field is 0', doc: {}, update: { $mul: { q: 3 } }, after: { q: 0 } },
  {
    name: '$min and $max',
    doc: { a: 1, b: 5 },
    update: { $max: { a: 5 }, $min: { b: 2, z: 2 } },
    after: { a: 5, b: 2, z: 2 },
  },
  { name: '$rename', doc: { a: 1 }, update: { $rename: { a: 'b' } }, after: { b: 1 } },
  {
    name: '$push with $each, $sort and $slice on a missing field',
    doc: {},
    update: { $push: { a: { $each: [3, 1, 2], $sort: 1, $slice: 2 } } },
    after: { a: [1, 2] },
  },
  {
    name: '$push with a negative $slice',
    doc: { a: [1, 2] },
    update: { $push: { a: { $each: [3, 4], $slice: -3 } } },
    after: { a: [2, 3, 4] },
  },
  {
    name: '$push at a $position',
    doc: { a: [1, 2] },
    update: { $push: { a: { $each: [0], $position: 0 } } },
    after: { a: [0, 1, 2] },
  },
  {
    name: '$push sorted by a field',
    doc: { a: [{ s: 2 }] },
    update: { $push: { a: { $each: [{ s: 1 }], $sort: { s: 1 } } } },
    after: { a: [{ s: 1 }, { s: 2 }] },
  },
  { name: '$push to null fails', doc: { a: null }, update: { $push: { a: 1 } }, code: 2 },
  { name: '$push to a scalar fails', doc: { a: 1 }, update: { $push: { a: 1 } }, code: 2 },
  {
    name: '$addToSet adds what is not there',
    doc: { a: [1] },
    update: { $addToSet: { a: { $each: [1, 2] } } },
    after: { a: [1, 2] },
  },
  {
    name: '$addToSet keeps old duplicates',
    doc: { a: [1, 1] },
    update: { $addToSet: { a: 2 } },
    after: { a: [1, 1, 2] },
  },
  {
    name: '$pull by condition',
    doc: { a: [1, 2, 3] },
    update: { $pull: { a: { $gte: 2 } } },
    after: { a: [1] },
  },
  {
    name: '$pull by fields',
    doc: { a: [{ x: 1 }, { x: 2 }] },
    update: { $pull: { a: { x: 1 } } },
    after: { a: [{ x: 2 }] },
  },
  {
    name: '$pull with $or',
    doc: { a: [{ x: 1 }, { x: 2 }, { x: 3 }] },
    update: { $pull: { a: { $or: [{ x: 1 }, { x: 3 }] } } },
    after: { a: [{ x: 2 }] },
  },
  {
    name: '$pull with $and',
    doc: { a: [{ x: 1, y: 1 }, { x: 1 }] },
    update: { $pull: { a: { $and: [{ x: 1 }, { y: 1 }] } } },
    after: { a: [{ x: 1 }] },
  },
  { name: '$pull from a scalar fails', doc: { a: 1 }, update: { $pull: { a: 1 } }, code: 2 },
  { name: '$pullAll', doc: { a: [1, 2, 1] }, update: { $pullAll: { a: [1] } }, after: { a: [2] } },
  { name: '$pop', doc: { a: [1, 2] }, update: { $pop: { a: -1 } }, after: { a: [2] } },
  { name: '$bit', doc: { a: new Int32(5) }, update: { $bit: { a: { and: new Int32(4) } } }, after: { a: 4 } },
  {
    name: '$[] changes every element',
    doc: { a: [{ n: 1 }, { n: 2 }] },
    update: { $inc: { 'a.$[].n': 1 } },
    after: { a: [{ n: 2 }, { n: 3 }] },
  },
  {
    name: '$ changes the element that matched',
    doc: { a: [{ x: 1 }, { x: 2 }] },
    update: { $set: { 'a.$.y': 9 } },
    filter: { 'a.x': 2 },
    after: { a: [{ x: 1 }, { x: 2, y: 9 }] },
  },
  {
    name: 'two paths through one $',
    doc: { k: [{ i: 1 }, { i: 2 }] },
    update: { $set: { 'k.$.a': 1, 'k.$.b': 2 } },
    filter: { 'k.i': 2 },
    after: { k: [{ i: 1 }, { i: 2, a: 1, b: 2 }] },
  },
  {
    name: 'two paths through one $[e]',
    doc: { k: [{ i: 1 }, { i: 2 }] },
    update: { $set: { 'k.$[e].i': 3, 'k.$[e].b': 2 } },
    arrayFilters: [{ 'e.i': { $gt: 1 } }],
    after: { k: [{ i: 1 }, { i: 3, b: 2 }] },
  },
  {
    name: '$ after $elemMatch',
    doc: {
      k: [
        { i: 1, j: 1 },
        { i: 1, j: 2 },
      ],
    },
    update: { $set: { 'k.$.a': 1 } },
    filter: { k: { $elemMatch: { i: 1, j: 2 } } },
    after: {
      k: [
        { i: 1, j: 1 },
        { i: 1, j: 2, a: 1 },
      ],
    },
  },
  {
    name: '$ without an array in the filter fails',
    doc: { k: [1] },
    update: { $set: { 'k.$': 1 } },
    code: 2,
  },
  {
    name: 'a name without an array filter fails',
    doc: { k: [1] },
    update: { $set: { 'k.$[e]': 1 } },
    code: 2,
  },
  {
    name: 'an array filter without use fails',
    doc: { k: [1] },
    update: { $set: { a: 1 } },
    arrayFilters: [{ e: 1 }],
    code: 9,
  },
  {
    name: 'two operators on one path conflict',
    doc: { a: 1 },
    update: { $set: { a: 1 }, $inc: { a: 1 } },
    code: 40,
  },
  {
    name: '$set and $setOnInsert on one path conflict',
    doc: { a: 1 },
    update: { $set: { a: 1 }, $setOnInsert: { a: 2 } },
    code: 40,
  },
  { name: 'a path inside another conflicts', doc: {}, update: { $set: { a: {}, 'a.b': 1 } }, code: 40 },
  { name: 'unknown operators fail', doc: { a: 1 }, update: { $foo: { a: 1 } }, code: 9 },
  { name: 'the _id cannot change', doc: {}, update: { $set: { _id: 2 } }, code: 66 },
  {
    name: 'new fields come in order of their names',
    doc: { z: 1 },
    update: { $set: { c: 1, a: 1, b: 1 } },
    after: { z: 1, a: 1, b: 1, c: 1 },
  },
  {
    name: 'pipeline: $set and $unset',
    doc: { a: 1, b: 2 },
    update: [{ $set: { c: { $add: ['$a', '$b'] } } }, { $unset: 'a' }],
    after: { b: 2, c: 3 },
  },
  {
    name: 'pipeline: $cond',
    doc: { a: 1 },
    update: [{ $set: { b: { $cond: [{ $gt: ['$a', 0] }, 'y', 'n'] } } }],
    after: { a: 1, b: 'y' },
  },
  {
    name: 'pipeline: $$NOW is a date',
    doc: { a: 1 },
    update: [{ $set: { t: { $type: '$$NOW' } } }],
    after: { a: 1, t: 'date' },
  },
  {
    name: 'pipeline: $replaceWith keeps the _id',
    doc: { a: { b: 2 } },
    update: [{ $replaceWith: '$a' }],
    after: { b: 2 },
  },
  {
    name: 'pipeline: $replaceRoot',
    doc: { a: { b: 2 } },
    update: [{ $replaceRoot: { newRoot: { x: '$a.b' } } }],
    after: { x: 2 },
  },
  { name: 'pipeline: other stages fail', doc: { a: 1 }, update: [{ $match: { a: 1 } }], code: 72 },
];

await describeBackends('updates', (backend) => {
  const { fresh, db } = useClient(backend, 'updates');

  for (const { name, doc, update, after, code, filter, arrayFilters } of CASES)
    test(name, async () => {
      const rows = await fresh('u');
      await rows.insertOne({ _id: 1, ...doc });
      const run = rows.updateOne({ _id: 1, ...filter }, update, arrayFilters ? { arrayFilters } : {});
      if (code !== undefined) {
        await expect(run).rejects.toMatchObject({ code });
        return;
      }
      await run;
      const { _id, ...rest } = (await rows.findOne({})) ?? { _id: null };
      expect(rest).toEqual(after);
      expect(Object.keys(rest)).toEqual(Object.keys(after ?? {}));
    });

  test('$inc keeps types: int grows into long, a double makes a double, longs stay exact', async () => {
    const rows = await fresh('inc');
    await rows.insertOne({
      _id: 1,
      i: new Int32(2147483647),
      d: new Int32(1),
      l: Long.fromString('9007199254740993'),
    });
    await rows.updateOne({}, { $inc: { i: 1, d: 0.5, l: 2 } });
    const raw = await rows.findOne({}, { promoteValues: false });
    expect(raw?.['i']).toEqual(Long.fromNumber(2147483648));
    expect(raw?.['d']).toEqual(new Double(1.5));
    expect(String(raw?.['l'])).toBe('9007199254740995');
  });

  test('nothing is modified when nothing changes, but a new field order is a change', async () => {
    const rows = await fresh('same');
    await rows.insertOne({ _id: 1, a: { x: 1, y: 2 } });
    expect(await rows.updateOne({}, { $set: { a: { x: 1, y: 2 } } })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 0,
    });
    expect(await rows.updateOne({}, { $set: { a: { y: 2, x: 1 } } })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 1,
    });
  });

  test('$currentDate stores a date or a timestamp', async () => {
    const rows = await fresh('now');
    await rows.insertOne({ _id: 1 });
    const update: Document = { $currentDate: { d: true, t: { $type: 'timestamp' } } };
    await rows.updateOne({}, update);
    const row = await rows.findOne({});
    expect(row?.['d']).toBeInstanceOf(Date);
    expect(row?.['t']).toBeInstanceOf(Timestamp);
  });

  test('an empty timestamp is filled in on insert', async () => {
    const rows = await fresh('ts');
    await rows.insertOne({ _id: 1, t: new Timestamp({ t: 0, i: 0 }) });
    expect((await rows.findOne({}))?.['t'].isZero()).toBe(false);
  });

  test('an upsert takes the equalities of its filter', async () => {
    const rows = await fresh('ups');
    const result = await rows.updateOne(
      { k: 'a', n: { $gt: 1 }, 'deep.x': 1 },
      { $set: { v: 1 }, $setOnInsert: { c: 1 } },
      { upsert: true },
    );
    expect(result.upsertedCount).toBe(1);
    expect(await rows.findOne({ k: 'a' }, { projection: { _id: 0 } })).toEqual({
      k: 'a',
      deep: { x: 1 },
      c: 1,
      v: 1,
    });
    await rows.updateOne({ k: 'a' }, { $setOnInsert: { c: 9 }, $inc: { v: 1 } }, { upsert: true });
    expect(await rows.findOne({ k: 'a' }, { projection: { _id: 0, c: 1, v: 1 } })).toEqual({ c: 1, v: 2 });
  });

  test.each([[[1, 2]], [[[1], [2]]], [['x', 'x']]])(
    'an upsert cannot tell which of several values of $all to take: %j',
    async (values) => {
      const rows = await fresh('upsall');
      const upsert = (filter: Document) => rows.updateOne(filter, { $set: { v: 1 } }, { upsert: true });

      await expect(upsert({ k: { $all: values } })).rejects.toMatchObject({ code: 54 });
      expect(await rows.countDocuments()).toBe(0);
      await upsert({ k: { $all: [7] } });
      expect(await rows.findOne({}, { projection: { _id: 0 } })).toEqual({ k: 7, v: 1 });
    },
  );

  test('an upsert takes nothing from what is no value in $all', async () => {
    const rows = await fresh('upsall');
    const filter = {
      n: { $all: [/x/, /y/] },
      e: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] },
    };
    await rows.updateOne(filter, { $set: { v: 1 } }, { upsert: true });
    expect(await rows.findOne({}, { projection: { _id: 0 } })).toEqual({ v: 1 });
  });

  test('findOneAndUpdate, findOneAndReplace and findOneAndDelete answer before or after', async () => {
    const rows = await fresh('fam', [{ a: 1 }, { a: 2 }]);
    expect(await rows.findOneAndUpdate({ a: 1 }, { $inc: { a: 10 } })).toEqual({ _id: 0, a: 1 });
    expect(await rows.findOneAndUpdate({ a: 11 }, { $inc: { a: 10 } }, { returnDocument: 'after' })).toEqual({
      _id: 0,
      a: 21,
    });
    expect(await rows.findOneAndReplace({ a: 2 }, { b: 1 }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      b: 1,
    });
    expect(await rows.findOneAndDelete({}, { sort: { _id: -1 } })).toEqual({ _id: 1, b: 1 });
    expect(await rows.findOneAndUpdate({ a: 99 }, { $set: { a: 1 } })).toBeNull();
    expect(
      await rows.findOneAndUpdate(
        { k: 1 },
        { $set: { v: 2 } },
        { upsert: true, returnDocument: 'after', projection: { _id: 0 } },
      ),
    ).toEqual({ k: 1, v: 2 });
  });

  test('bulkWrite counts each kind', async () => {
    const rows = await fresh('bulk', [{ k: 'a' }]);
    const result = await rows.bulkWrite([
      { insertOne: { document: { _id: 9, k: 'b' } } },
      { updateOne: { filter: { k: 'b' }, update: { $inc: { n: 1 } } } },
      { deleteOne: { filter: { k: 'a' } } },
      { replaceOne: { filter: { k: 'z' }, replacement: { k: 'z', y: 1 }, upsert: true } },
    ]);
    expect(result).toMatchObject({ insertedCount: 1, modifiedCount: 1, deletedCount: 1, upsertedCount: 1 });
  });

  test('an ordered bulk stops at its first error, an unordered one does not', async () => {
    const rows = await fresh('order', [{}]);
    await expect(rows.insertMany([{ _id: 0 }, { _id: 1 }])).rejects.toMatchObject({ code: 11000 });
    expect(await rows.countDocuments()).toBe(1);
    await expect(rows.insertMany([{ _id: 0 }, { _id: 1 }], { ordered: false })).rejects.toMatchObject({
      code: 11000,
    });
    expect(await rows.countDocuments()).toBe(2);
  });

  test('updateMany and deleteMany reach all that match', async () => {
    const rows = await fresh('multi', [{ a: 1 }, { a: 1 }, { a: 2 }]);
    expect(await rows.updateMany({ a: 1 }, { $set: { b: 1 } })).toMatchObject({
      matchedCount: 2,
      modifiedCount: 2,
    });
    expect(await rows.deleteMany({ a: { $lt: 3 } })).toMatchObject({ deletedCount: 3 });
  });

  test('fields named like parts of JavaScript are fields', async () => {
    const rows = await fresh('proto');
    await rows.updateOne({ ['__proto__.polluted']: 1 }, { $set: { 'constructor.x': 1 } }, { upsert: true });
    await rows.updateOne({}, { $set: { ['__proto__.y']: 2 } });
    const row = await rows.findOne({ 'constructor.x': 1 });
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).toEqual({ polluted: 1, y: 2 });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    await rows.updateOne({}, { $unset: { ['__proto__']: '' } });
    expect(await rows.countDocuments({ ['__proto__']: { $exists: true } })).toBe(0);
  });

  const commandErrors: readonly (readonly [string, Document])[] = [
    [
      'findAndModify with remove and update',
      { findAndModify: 'e', remove: true, update: { $set: { a: 1 } } },
    ],
    ['findAndModify with neither', { findAndModify: 'e' }],
    ['delete with limit 5', { delete: 'e', deletes: [{ q: {}, limit: 5 }] }],
    ['a multi update with a replacement', { update: 'e', updates: [{ q: {}, u: { a: 1 }, multi: true }] }],
    ['an array as _id', { insert: 'e', documents: [{ _id: [1] }] }],
    ['an operator as _id', { insert: 'e', documents: [{ _id: { $a: 1 } }] }],
    ['an empty collection name', { insert: '', documents: [{ _id: 1 }] }],
    ['a $ in a collection name', { insert: 'a$b', documents: [{ _id: 1 }] }],
    ['an unknown field of a command', { find: 'e', bogus: 1 }],
    [
      'sort in an update statement, unknown before 8.0',
      { update: 'e', updates: [{ q: {}, u: { $set: { a: 1 } }, sort: { a: 1 } }] },
    ],
    ['a regular expression as _id', { insert: 'e', documents: [{ _id: /x/ }] }],
    ['an unknown option of create', { create: 'e2', bogus: 1 }],
    ['an unknown command', { nope: 1 }],
  ];
  for (const [name, command] of commandErrors)
    test(`${name} is an error`, async () => {
      await fresh('e', [{ a: 1 }]);
      const outcome = await db()
        .command(command)
        .then(
          (reply) => (reply['writeErrors'] ? 'error' : 'accepted'),
          () => 'error',
        );
      expect(outcome).toBe('error');
    });

  test('let gives variables to updates, deletes and findAndModify', async () => {
    const rows = await fresh('let', [{ a: 1 }, { a: 2 }, { a: 3 }]);
    const wanted = { $expr: { $eq: ['$a', '$$v'] } };
    await rows.updateOne(wanted, [{ $set: { b: '$$v' } }], { let: { v: 1 } });
    await rows.deleteOne(wanted, { let: { v: 2 } });
    await rows.findOneAndUpdate(wanted, { $set: { c: 1 } }, { let: { v: 3 } });
    expect(await rows.find({}, { sort: { _id: 1 } }).toArray()).toEqual([
      { _id: 0, a: 1, b: 1 },
      { _id: 2, a: 3, c: 1 },
    ]);
  });

  test('a document above 16 MB is not stored', async () => {
    const rows = await fresh('large', [{ pad: 'x'.repeat(9_000_000) }]);
    await expect(
      rows.updateOne({}, [{ $set: { twice: { $concat: ['$pad', '$pad'] } } }]),
    ).rejects.toMatchObject({ code: expect.any(Number) });
    expect(Object.keys((await rows.findOne({})) ?? {})).toEqual(['_id', 'pad']);
  });

  test('a write concern that one node cannot satisfy is a write concern error', async () => {
    const rows = await fresh('w');
    await expect(
      rows.insertOne({ _id: 1 }, { writeConcern: { w: 10, wtimeoutMS: 500 } }),
    ).rejects.toMatchObject({ code: 100 });
    await rows.insertOne({ _id: 2 }, { writeConcern: { w: 'majority', j: true } });
    await rows.insertOne({ _id: 3 }, { writeConcern: { w: 0 } });
    await expect.poll(() => rows.countDocuments()).toBe(3);
  });
});
