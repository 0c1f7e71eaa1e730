import { Binary, type Document, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'mongodb';
import { expect, test } from 'vitest';
import { describeBackends } from './conformance.backends.ts';
import { useClient } from './conformance.client.ts';

type Case = readonly [name: string, docs: readonly Document[], filter: Document, expected: readonly number[]];

const big = Long.fromString('9007199254740993');
const oid = (hex: string) => new ObjectId(hex.repeat(24));
const bytes = (...values: number[]) => new Binary(Buffer.from(values));

const FILTERS: readonly Case[] = [
  ['null matches null and missing', [{ a: null }, {}, { a: 1 }], { a: null }, [0, 1]],
  ['$ne null matches neither', [{ a: null }, {}, { a: 1 }], { a: { $ne: null } }, [2]],
  ['$in with null', [{ a: null }, {}, { a: 1 }], { a: { $in: [null, 1] } }, [0, 1, 2]],
  ['$lte null matches null and missing', [{ a: null }, {}, { a: 1 }], { a: { $lte: null } }, [0, 1]],
  ['$gte null matches null and missing', [{ a: null }, {}, { a: 1 }], { a: { $gte: null } }, [0, 1]],
  [
    'a.b null over documents, scalars and arrays',
    [{ a: 5 }, { a: { b: null } }, { a: [{ b: 1 }, {}] }, { a: [1] }, { a: { b: 2 } }],
    { 'a.b': null },
    [0, 1, 2],
  ],
  ['comparisons stay within a type', [{ a: 5 }, { a: 'z' }, { a: null }], { a: { $gt: 1 } }, [0]],
  ['embedded documents are equal in order only', [{ a: { x: 1, y: 2 } }], { a: { y: 2, x: 1 } }, []],
  ['embedded documents are equal in order', [{ a: { x: 1, y: 2 } }], { a: { x: 1, y: 2 } }, [0]],
  ['a whole array', [{ a: [1, 2] }, { a: [2, 1] }], { a: [1, 2] }, [0]],
  ['an element of an array', [{ a: [1, 2] }, { a: 3 }], { a: 2 }, [0]],
  ['two bounds may be met by two elements', [{ a: [1, 10] }], { a: { $gt: 3, $lt: 5 } }, [0]],
  [
    '$elemMatch on values wants one element for both',
    [{ a: [1, 10] }, { a: [4] }],
    { a: { $elemMatch: { $gt: 3, $lt: 5 } } },
    [1],
  ],
  [
    '$elemMatch on documents',
    [
      {
        a: [
          { k: 1, v: 'a' },
          { k: 2, v: 'b' },
        ],
      },
    ],
    { a: { $elemMatch: { k: 1, v: 'b' } } },
    [],
  ],
  ['a path through an array', [{ a: [{ k: 1 }, { k: 2 }] }], { 'a.k': 2 }, [0]],
  ['an index in a path', [{ a: [{ k: 1 }, { k: 2 }] }], { 'a.1.k': 2 }, [0]],
  [
    'an array at an index is not looked into, unless the path goes on',
    [{ a: [[3]] }, { a: [3] }, { a: [[[3]]] }, { a: { 0: [3] } }],
    { 'a.0': 3 },
    [1, 3],
  ],
  ['an array at an index as a whole', [{ a: [[3]] }, { a: [3] }], { 'a.0': [3] }, [0]],
  ['$gt of an array at an index', [{ a: [[3]] }, { a: [3] }], { 'a.0': { $gt: 2 } }, [1]],
  ['$size of an array at an index', [{ a: [[3]] }, { a: [3] }], { 'a.0': { $size: 1 } }, [0]],
  [
    '$elemMatch on an array at an index',
    [{ a: [[3]] }, { a: [3] }],
    { 'a.0': { $elemMatch: { $gt: 2 } } },
    [0],
  ],
  ['two indexes in a path', [{ a: [[3]] }, { a: [3] }, { a: [[[3]]] }], { 'a.0.0': 3 }, [0]],
  ['a path through an array in an array', [{ a: [[{ k: 1 }]] }, { a: [{ k: 1 }] }], { 'a.0.k': 1 }, [0, 1]],
  ['nothing below a number at an index, not even null', [{ a: [5] }, { a: [{}] }], { 'a.0.k': null }, [1]],
  ['$all on an array', [{ a: [1, 2, 3] }, { a: [1] }], { a: { $all: [1, 3] } }, [0]],
  ['$all on a scalar', [{ t: 'A' }, { t: 'B' }], { t: { $all: ['A'] } }, [0]],
  ['$size', [{ a: [1] }, { a: [] }, { a: 1 }], { a: { $size: 0 } }, [1]],
  ['$exists false', [{ a: 1 }, {}], { a: { $exists: false } }, [1]],
  ['$exists true includes null', [{ a: null }, {}], { a: { $exists: true } }, [0]],
  ['$nin matches missing', [{ a: 1 }, {}], { a: { $nin: [1] } }, [1]],
  ['$not matches missing', [{ a: 1 }, { a: 5 }, {}], { a: { $not: { $gt: 2 } } }, [0, 2]],
  ['$not with a regular expression', [{ a: 'x' }, { a: 'y' }, {}], { a: { $not: /x/ } }, [1, 2]],
  [
    '$or, $and, $nor',
    [{ a: 1, b: 1 }, { a: 2 }, { b: 1 }],
    { $or: [{ $and: [{ a: 1 }, { b: 1 }] }, { $nor: [{ b: 1 }] }] },
    [0, 1],
  ],
  ['$mod', [{ a: 4 }, { a: 5 }], { a: { $mod: [2, 0] } }, [0]],
  ['$comment changes nothing', [{ a: 1 }, { a: 2 }], { a: 1, $comment: 'why' }, [0]],
  [
    '$expr',
    [
      { a: 1, b: 2 },
      { a: 3, b: 2 },
    ],
    { $expr: { $gt: ['$a', '$b'] } },
    [1],
  ],
  ['$expr with $$NOW', [{ a: new Date(0) }, { a: new Date(1e14) }], { $expr: { $lt: ['$a', '$$NOW'] } }, [0]],
  ['$type objectId', [{ a: oid('0') }, { a: 1 }], { a: { $type: 'objectId' } }, [0]],
  ['$type by number', [{ a: 'x' }, { a: 1 }], { a: { $type: 2 } }, [0]],
  [
    '$type int, double and long are told apart',
    [{ a: new Int32(5) }, { a: new Double(5) }, { a: Long.fromNumber(5) }],
    { a: { $type: 'double' } },
    [1],
  ],
  ['$type long', [{ a: new Int32(5) }, { a: big }], { a: { $type: 'long' } }, [1]],
  ['$type number', [{ a: new Int32(5) }, { a: big }, { a: 'x' }], { a: { $type: 'number' } }, [0, 1]],
  [
    '$type looks into arrays',
    [{ a: [true] }, { a: 1 }, { a: [] }],
    { a: { $type: ['bool', 'array'] } },
    [0, 2],
  ],
  [
    'numbers are equal by value',
    [{ a: new Int32(5) }, { a: new Double(5) }, { a: Long.fromNumber(5) }, { a: 6 }],
    { a: 5 },
    [0, 1, 2],
  ],
  ['longs beyond 2^53 are exact', [{ a: big }, { a: big.subtract(1) }], { a: big }, [0]],
  ['longs beyond 2^53 compare', [{ a: big }, { a: 1 }], { a: { $gt: 5 } }, [0]],
  ['NaN is neither above nor below', [{ a: Number.NaN }, { a: 1 }], { a: { $lt: 5 } }, [1]],
  ['NaN equals NaN', [{ a: Number.NaN }, { a: 1 }], { a: Number.NaN }, [0]],
  ['ObjectIds are ordered', [{ a: oid('1') }, { a: oid('f') }], { a: { $gt: oid('8') } }, [1]],
  ['binary values are equal by bytes', [{ a: bytes(0x80) }, { a: bytes(0x81) }], { a: bytes(0x80) }, [0]],
  [
    'binary values are ordered by length, then bytes',
    [{ a: bytes(9) }, { a: bytes(1, 1) }, { a: bytes(7) }],
    { a: { $gt: bytes(8) } },
    [0, 1],
  ],
  [
    'MinKey and MaxKey bound everything',
    [{ a: 1 }, { a: 'x' }, { a: true }],
    { a: { $gt: new MinKey(), $lt: new MaxKey() } },
    [0, 1, 2],
  ],
  [
    'timestamps are ordered',
    [{ a: new Timestamp({ t: 1, i: 1 }) }, { a: new Timestamp({ t: 2, i: 0 }) }],
    { a: { $gt: new Timestamp({ t: 1, i: 2 }) } },
    [1],
  ],
  [
    'a regular expression with options',
    [{ a: 'foo' }, { a: 'xfoo' }],
    { a: { $regex: '^FOO', $options: 'i' } },
    [0],
  ],
  [
    '$ matches before a final line break',
    [{ a: 'foo\n' }, { a: 'foo\nx' }, { a: 'foo' }],
    { a: /foo$/ },
    [0, 2],
  ],
  ['\\s knows the vertical tab', [{ a: 'a\u000bb' }], { a: /a\sb/ }, [0]],
  ['multiline anchors', [{ a: 'x\nfoo\ny' }], { a: /^foo$/m }, [0]],
  ['a dot stops at line breaks unless told', [{ a: 'a\nb' }], { a: { $regex: 'a.b', $options: 's' } }, [0]],
  [
    'a named class beside another one',
    [{ a: 'x' }, { a: ' ' }, { a: '1' }, { a: ' ]' }],
    { a: { $regex: '^[[:alpha:]\\s]$' } },
    [0, 1],
  ],
  ['everything is above MinKey, a missing field too', [{}, { a: 1 }], { a: { $gt: new MinKey() } }, [0, 1]],
  ['everything is below MaxKey, a missing field too', [{}, { a: 1 }], { a: { $lte: new MaxKey() } }, [0, 1]],
  ['character classes with a bracket first', [{ a: ']' }, { a: 'x' }], { a: { $regex: '^[]a]$' } }, [0]],
  [
    '$in with regular expressions',
    [{ a: 'foo' }, { a: 'bar' }, { a: 'baz' }],
    { a: { $in: [/^f/, 'bar'] } },
    [0, 1],
  ],
  [
    'a field named __proto__ is a field',
    [{ ['__proto__']: 1 }, {}],
    { ['__proto__']: { $exists: true } },
    [0],
  ],
];

await describeBackends('queries', (backend) => {
  const { fresh, db } = useClient(backend, 'queries');

  for (const [name, docs, filter, expected] of FILTERS)
    test(name, async () => {
      const rows = await fresh('q', docs);
      const found = await rows.find(filter, { sort: { _id: 1 } }).toArray();
      expect(found.map((row) => row._id)).toEqual(expected);
    });

  for (const [name, docs, filter, expected] of FILTERS.filter(([, , filter]) => 'a' in filter))
    test(`the same through an index: ${name}`, async () => {
      const rows = await fresh('q', docs);
      await rows.createIndex({ a: 1 });
      const found = await rows.find(filter, { sort: { _id: 1 } }).toArray();
      expect(found.map((row) => row._id)).toEqual(expected);
    });

  const sortCases: readonly (readonly [string, readonly Document[], Document, readonly number[]])[] = [
    ['missing sorts with null, before numbers', [{ a: 2 }, {}, { a: 1 }], { a: 1 }, [1, 2, 0]],
    ['strings sort by code point', [{ a: 'b' }, { a: 'B' }, { a: 'a' }], { a: 1 }, [1, 2, 0]],
    ['strings sort as UTF-8, not UTF-16', [{ a: '\u{1f600}' }, { a: '\uffee' }], { a: 1 }, [1, 0]],
    ['an array ascends by its smallest element', [{ a: [3, 1] }, { a: 2 }], { a: 1 }, [0, 1]],
    ['an array descends by its largest element', [{ a: [3, 1] }, { a: 2 }], { a: -1 }, [0, 1]],
    [
      'ObjectId sorts before booleans and dates',
      [{ a: new Date(1) }, { a: true }, { a: oid('1') }],
      { a: 1 },
      [2, 1, 0],
    ],
    ['an empty array sorts before null', [{ a: null }, { a: [] }], { a: 1 }, [1, 0]],
    [
      'an array without the field below it sorts as null',
      [{ a: { k: null } }, { a: [] }, { a: [1] }, { a: [{ j: 1 }] }, { a: [{ k: -1 }] }, {}],
      { 'a.k': 1, _id: 1 },
      [0, 1, 2, 3, 5, 4],
    ],
    [
      'an empty array at an index sorts before null',
      [{ a: [[3]] }, { a: [null] }, { a: [[]] }],
      { 'a.0': 1 },
      [2, 1, 0],
    ],
    [
      'what is no document in an array counts as null',
      [{ a: 0 }, { a: [1, { k: 5 }] }, { a: { k: 3 } }],
      { 'a.k': 1 },
      [0, 1, 2],
    ],
    [
      'and descending it does not hide what is there',
      [{ a: 0 }, { a: [1, { k: 5 }] }, { a: { k: 3 } }],
      { 'a.k': -1 },
      [1, 2, 0],
    ],
    [
      'an array at an index sorts as a whole',
      [{ a: [[3]] }, { a: ['x'] }, { a: [4] }],
      { 'a.0': 1 },
      [2, 1, 0],
    ],
    [
      'an index in a path skips the other elements',
      [{ a: [{ k: 2 }, { k: 0 }] }, { a: [{ k: 1 }] }],
      { 'a.0.k': 1 },
      [1, 0],
    ],
    [
      'several fields',
      [
        { a: 1, b: 1 },
        { a: 1, b: 2 },
        { a: 0, b: 3 },
      ],
      { a: 1, b: -1 },
      [2, 1, 0],
    ],
    ['$natural backwards', [{}, {}, {}], { $natural: -1 }, [2, 1, 0]],
  ];
  for (const [name, docs, sort, expected] of sortCases)
    test(`sort: ${name}`, async () => {
      const rows = await fresh('s', docs);
      const found = await rows.find({}, { sort: sort as Record<string, 1 | -1> }).toArray();
      expect(found.map((row) => row._id)).toEqual(expected);
    });

  const doc = { _id: 1, a: 1, b: { c: 1, d: 2 }, arr: [{ k: 1 }, { k: 2 }], n: [1, 2, 3] };
  const projections: readonly (readonly [Document, Document])[] = [
    [{ a: 1 }, { _id: 1, a: 1 }],
    [
      { b: 0, arr: 0 },
      { _id: 1, a: 1, n: [1, 2, 3] },
    ],
    [{ 'b.c': 1, _id: 0 }, { b: { c: 1 } }],
    [{ b: { c: 1 }, _id: 0 }, { b: { c: 1 } }],
    [
      { 'b.c': 0, arr: 0, n: 0 },
      { _id: 1, a: 1, b: { d: 2 } },
    ],
    [{ arr: { $elemMatch: { k: 2 } }, _id: 0 }, { arr: [{ k: 2 }] }],
    [{ n: { $elemMatch: { $gt: 1 } }, _id: 0 }, { n: [2] }],
    [{ arr: { $slice: 1 } }, { ...doc, arr: [{ k: 1 }] }],
    [
      { arr: { $slice: -1 }, b: 0, n: 0 },
      { _id: 1, a: 1, arr: [{ k: 2 }] },
    ],
    [
      { n: { $slice: [1, 1] }, a: 1 },
      { _id: 1, a: 1, n: [2] },
    ],
    [{ x: '$a', _id: 0 }, { x: 1 }],
    [{ x: { $add: ['$a', 1] }, _id: 0 }, { x: 2 }],
    [{ 'arr.k': 1, _id: 0 }, { arr: [{ k: 1 }, { k: 2 }] }],
    [{ _id: 0 }, { a: 1, b: doc.b, arr: doc.arr, n: doc.n }],
    [{ _id: 1 }, { _id: 1 }],
  ];
  for (const [projection, expected] of projections)
    test(`projection ${JSON.stringify(projection)}`, async () => {
      const rows = await fresh('p');
      await rows.insertOne(doc);
      expect(await rows.findOne({}, { projection })).toEqual(expected);
    });

  test('a bound of MinKey finds documents that a sparse index does not have', async () => {
    const rows = await fresh('minKey', [{}, { a: 1 }]);
    await rows.createIndex({ a: 1 }, { sparse: true });
    expect(await rows.countDocuments({ a: { $gt: new MinKey() } })).toBe(2);
  });

  test('a projection of nothing in a field is an error', async () => {
    const rows = await fresh('empty', [{ a: { b: 1 } }]);
    await expect(rows.findOne({}, { projection: { a: {} } })).rejects.toMatchObject({ code: 51270 });
  });

  test('a positional projection shows the element that matched', async () => {
    const rows = await fresh('p');
    await rows.insertOne(doc);
    expect(await rows.findOne({ 'arr.k': 2 }, { projection: { 'arr.$': 1, _id: 0 } })).toEqual({
      arr: [{ k: 2 }],
    });
  });

  test('number types come back as they were stored', async () => {
    const rows = await fresh('types');
    const stored = { int: new Int32(5), double: new Double(5), long: Long.fromNumber(5), big };
    await rows.insertOne({ _id: 1, ...stored });
    const raw = await rows.findOne({}, { promoteValues: false });
    expect(
      [raw?.['int'], raw?.['double'], raw?.['long'], raw?.['big']].map((value) => value._bsontype),
    ).toEqual(['Int32', 'Double', 'Long', 'Long']);
    expect(String(raw?.['big'])).toBe('9007199254740993');
  });

  test('let gives variables to $expr', async () => {
    const rows = await fresh('let', [{ a: 1 }, { a: 2 }]);
    const found = await rows.find({ $expr: { $eq: ['$a', '$$wanted'] } }, { let: { wanted: 2 } }).toArray();
    expect(found.map((row) => row._id)).toEqual([1]);
  });

  test('a hint orders by its index, and one that does not exist is an error', async () => {
    const rows = await fresh('hint', [{ a: 3 }, { a: 1 }, { a: 2 }]);
    await rows.createIndex({ a: 1 });
    expect((await rows.find({}, { hint: { a: 1 } }).toArray()).map((row) => row['a'])).toEqual([1, 2, 3]);
    expect((await rows.find({}, { hint: 'a_1' }).toArray()).map((row) => row['a'])).toEqual([1, 2, 3]);
    await expect(rows.find({}, { hint: 'nope' }).toArray()).rejects.toMatchObject({ code: 2 });
  });

  test('distinct includes null and looks through arrays', async () => {
    const rows = await fresh('d', [
      { a: 1 },
      { a: null },
      { a: [1, 2] },
      {},
      { b: [{ c: 1 }, { c: [2, 3] }] },
    ]);
    expect(new Set(await rows.distinct('a'))).toEqual(new Set([1, 2, null]));
    expect(new Set(await rows.distinct('b.c'))).toEqual(new Set([1, 2, 3]));
  });

  test('cursors hand out batches, can be closed, and skip and limit', async () => {
    const rows = await fresh('many');
    await rows.insertMany(Array.from({ length: 1000 }, (_, i) => ({ _id: i, g: i % 7 })));
    let read = 0;
    for await (const _ of rows.find({}).batchSize(10)) read++;
    expect(read).toBe(1000);

    const cursor = rows.find({}).batchSize(10);
    await cursor.next();
    await cursor.close();

    const some = await rows.find({ g: 3 }).sort({ _id: -1 }).skip(2).limit(3).toArray();
    expect(some.map((row) => row._id)).toEqual([983, 976, 969]);
    expect(await rows.countDocuments({ _id: { $lt: 10 } })).toBe(10);
    expect(await rows.estimatedDocumentCount()).toBe(1000);
  });

  test('ranges over a partial index find what a scan finds', async () => {
    const rows = await fresh('due');
    await rows.createIndex({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } } });
    await rows.insertMany(
      Array.from({ length: 200 }, (_, i) => ({ _id: i, ...(i % 3 && { dueAt: new Date(i * 1000) }) })),
    );
    await rows.updateOne({ _id: 4 }, { $unset: { dueAt: '' } });
    await rows.updateOne({ _id: 5 }, { $set: { dueAt: new Date(1_000_000) } });
    await rows.deleteOne({ _id: 7 });

    const due = await rows.find({ dueAt: { $lt: new Date(12_000) } }, { sort: { dueAt: 1 } }).toArray();
    expect(due.map((row) => row._id)).toEqual([1, 2, 8, 10, 11]);
    const between = await rows.find({ dueAt: { $gte: new Date(10_000), $lte: new Date(11_000) } }).toArray();
    expect(between.map((row) => row._id).sort()).toEqual([10, 11]);
    expect(await rows.countDocuments({ dueAt: { $exists: true } })).toBe(131);
  });

  const errors: readonly (readonly [string, Document])[] = [
    ['unknown operators', { a: { $bogus: 1 } }],
    ['unknown top-level operators', { $bogus: 1 }],
    ['operators mixed with fields', { a: { $gt: 1, b: 1 } }],
    ['$in without an array', { a: { $in: 1 } }],
    ['an empty $or', { $or: [] }],
    ['regular expressions under $ne', { a: { $ne: /x/ } }],
  ];
  for (const [name, filter] of errors)
    test(`${name} are errors`, async () => {
      const rows = await fresh('e', [{ a: 1 }]);
      await expect(rows.find(filter).toArray()).rejects.toMatchObject({ code: expect.any(Number) });
    });

  test('a sort by anything but 1 and -1 is an error', async () => {
    const rows = await fresh('e', [{ a: 1 }]);
    await expect(db().command({ find: rows.collectionName, sort: { a: 2 } })).rejects.toMatchObject({
      code: 15975,
    });
  });
});
