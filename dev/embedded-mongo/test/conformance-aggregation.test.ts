import { type Document, Double, Int32, Long } from 'mongodb';
import { expect, test } from 'vitest';
import { describeBackends } from './conformance.backends.ts';
import { useClient } from './conformance.client.ts';

type Case = readonly [
  name: string,
  docs: readonly Document[],
  pipeline: readonly Document[],
  expected: readonly Document[],
];

const CASES: readonly Case[] = [
  [
    '$group sums and takes extremes',
    [
      { g: 1, v: 1 },
      { g: 1, v: 5 },
      { g: 2, v: 2 },
    ],
    [
      {
        $group: { _id: '$g', n: { $sum: 1 }, max: { $max: '$v' }, min: { $min: '$v' }, avg: { $avg: '$v' } },
      },
      { $sort: { _id: 1 } },
    ],
    [
      { _id: 1, n: 2, max: 5, min: 1, avg: 3 },
      { _id: 2, n: 1, max: 2, min: 2, avg: 2 },
    ],
  ],
  [
    '$group over everything',
    [{ v: 1 }, { v: 2 }],
    [
      {
        $group: {
          _id: null,
          all: { $push: '$v' },
          first: { $first: '$v' },
          last: { $last: '$v' },
          n: { $count: {} },
        },
      },
    ],
    [{ _id: null, all: [1, 2], first: 1, last: 2, n: 2 }],
  ],
  [
    '$group by a document',
    [
      { a: 1, b: 2 },
      { a: 1, b: 2 },
    ],
    [{ $group: { _id: { a: '$a', b: '$b' }, n: { $sum: 1 } } }],
    [{ _id: { a: 1, b: 2 }, n: 2 }],
  ],
  ['$count', [{}, {}], [{ $count: 'n' }], [{ n: 2 }]],
  ['$count of nothing is no document', [{}], [{ $match: { x: 1 } }, { $count: 'n' }], []],
  [
    '$project computes and keeps the _id first',
    [{ a: 1, b: 2 }],
    [{ $project: { sum: { $add: ['$a', '$b'] }, _id: 'x', t: 'text' } }],
    [{ _id: 'x', sum: 3, t: 'text' }],
  ],
  [
    '$project excludes',
    [{ a: 1, b: { c: 1, d: 2 } }],
    [{ $project: { 'b.c': 0, _id: 0 } }],
    [{ a: 1, b: { d: 2 } }],
  ],
  [
    '$addFields, $unset and $$REMOVE',
    [{ a: 1, b: 2, c: 3 }],
    [{ $addFields: { d: '$a', b: '$$REMOVE' } }, { $unset: 'c' }],
    [{ _id: 0, a: 1, d: 1 }],
  ],
  [
    '$unwind',
    [{ a: [1, 2] }, { a: [] }, {}],
    [{ $unwind: '$a' }],
    [
      { _id: 0, a: 1 },
      { _id: 0, a: 2 },
    ],
  ],
  [
    '$unwind of a path with a number in it, which names a field and no position',
    [
      { _id: 1, a: [[1, 2]] },
      { _id: 2, a: { 0: [3] } },
    ],
    [{ $unwind: '$a.0' }],
    [{ _id: 2, a: { 0: 3 } }],
  ],
  [
    '$unwind keeping the empty ones',
    [{ a: [1] }, { a: [] }],
    [{ $unwind: { path: '$a', preserveNullAndEmptyArrays: true } }],
    [{ _id: 0, a: 1 }, { _id: 1 }],
  ],
  [
    '$sort, $skip and $limit',
    [{ a: 1 }, { a: 3 }, { a: 2 }],
    [{ $sort: { a: -1 } }, { $skip: 1 }, { $limit: 1 }],
    [{ _id: 2, a: 2 }],
  ],
  ['$replaceRoot', [{ a: { b: 1 } }], [{ $replaceRoot: { newRoot: '$a' } }], [{ b: 1 }]],
  [
    '$sortByCount',
    [{ a: 'x' }, { a: 'y' }, { a: 'x' }],
    [{ $sortByCount: '$a' }],
    [
      { _id: 'x', count: 2 },
      { _id: 'y', count: 1 },
    ],
  ],
  [
    '$facet',
    [{ a: 1 }, { a: 2 }],
    [{ $facet: { n: [{ $count: 'n' }], one: [{ $match: { a: 1 } }] } }],
    [{ n: [{ n: 2 }], one: [{ _id: 0, a: 1 }] }],
  ],
  [
    'a path through an array maps',
    [{ a: [{ b: 1 }, { b: 2 }] }],
    [{ $project: { _id: 0, x: '$a.b' } }],
    [{ x: [1, 2] }],
  ],
  [
    'array expressions',
    [{ a: [3, 1, 2] }],
    [
      {
        $project: {
          _id: 0,
          size: { $size: '$a' },
          last: { $arrayElemAt: ['$a', -1] },
          big: { $filter: { input: '$a', as: 'x', cond: { $gt: ['$$x', 1] } } },
          twice: { $map: { input: '$a', in: { $multiply: ['$$this', 2] } } },
          sum: { $reduce: { input: '$a', initialValue: 0, in: { $add: ['$$value', '$$this'] } } },
          has: { $in: [2, '$a'] },
        },
      },
    ],
    [{ size: 3, last: 2, big: [3, 2], twice: [6, 2, 4], sum: 6, has: true }],
  ],
  [
    'string expressions',
    [{ a: 'AbC' }],
    [
      {
        $project: {
          _id: 0,
          low: { $toLower: '$a' },
          cat: { $concat: ['$a', '!'] },
          none: { $concat: ['$a', '$missing'] },
          len: { $strLenCP: '$a' },
        },
      },
    ],
    [{ low: 'abc', cat: 'AbC!', none: null, len: 3 }],
  ],
  [
    'missing is not null in expressions',
    [{ a: null }, {}],
    [{ $project: { _id: 0, isNull: { $eq: ['$a', null] }, type: { $type: '$a' } } }],
    [
      { isNull: true, type: 'null' },
      { isNull: false, type: 'missing' },
    ],
  ],
  [
    '$ifNull, $switch and $let',
    [{}],
    [
      {
        $project: {
          _id: 0,
          a: { $ifNull: ['$x', 'none'] },
          // biome-ignore lint/suspicious/noThenProperty: the operator calls it so
          b: { $switch: { branches: [{ case: { $eq: [1, 2] }, then: 'no' }], default: 'yes' } },
          c: { $let: { vars: { v: 2 }, in: { $multiply: ['$$v', 3] } } },
        },
      },
    ],
    [{ a: 'none', b: 'yes', c: 6 }],
  ],
  [
    '$and stops at what decides it',
    [{ x: 0 }],
    [{ $project: { _id: 0, ok: { $and: [{ $ne: ['$x', 0] }, { $gt: [{ $divide: [1, '$x'] }, 0] }] } } }],
    [{ ok: false }],
  ],
  [
    'dates',
    [{ d: new Date('2026-03-04T05:06:07.008Z') }],
    [
      {
        $project: {
          _id: 0,
          y: { $year: '$d' },
          text: { $dateToString: { date: '$d', format: '%Y-%m-%d' } },
          later: { $add: ['$d', 1000] },
          ms: { $subtract: ['$d', new Date('2026-03-04T05:06:07.000Z')] },
        },
      },
    ],
    [{ y: 2026, text: '2026-03-04', later: new Date('2026-03-04T05:06:08.008Z'), ms: 8 }],
  ],
];

await describeBackends('aggregation', (backend) => {
  const { fresh } = useClient(backend, 'aggregation');

  for (const [name, docs, pipeline, expected] of CASES)
    test(name, async () => {
      const rows = await fresh('a', docs);
      const found = await rows.aggregate([...pipeline]).toArray();
      expect(found).toEqual(expected);
      for (const doc of found) if ('_id' in doc) expect(Object.keys(doc)[0]).toBe('_id');
    });

  test('$sample takes as many as asked, each once', async () => {
    const rows = await fresh(
      'sample',
      Array.from({ length: 20 }, () => ({})),
    );
    const found = await rows.aggregate([{ $sample: { size: 5 } }]).toArray();
    expect(new Set(found.map((row) => row['_id'])).size).toBe(5);
  });

  test('$lookup joins by field, also through null', async () => {
    const rows = await fresh('orders', [{ item: 1 }, { item: 2 }, {}]);
    await fresh('items', [{ sku: 1 }, { sku: null }]);
    const found = await rows
      .aggregate([
        { $lookup: { from: 'items', localField: 'item', foreignField: 'sku', as: 'found' } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    expect(found.map((row) => row['found'].map((item: Document) => item['_id']))).toEqual([[0], [], [1]]);
  });

  test('sums keep their types: int, long, double, and exact beyond 2^53', async () => {
    const rows = await fresh('sum', [
      { i: new Int32(2147483647), l: Long.fromString('9007199254740993'), d: new Double(1) },
      { i: new Int32(1), l: 2, d: 1 },
    ]);
    const [raw] = await rows
      .aggregate([{ $group: { _id: null, i: { $sum: '$i' }, l: { $sum: '$l' }, d: { $sum: '$d' } } }], {
        promoteValues: false,
      })
      .toArray();
    expect(raw?.['i']).toEqual(Long.fromNumber(2147483648));
    expect(String(raw?.['l'])).toBe('9007199254740995');
    expect(raw?.['d']).toEqual(new Double(2));
  });

  test('an int that overflows in an expression becomes a long', async () => {
    const rows = await fresh('overflow', [{ a: new Int32(2147483647) }]);
    const [raw] = await rows
      .aggregate([{ $project: { x: { $add: ['$a', new Int32(1)] } } }], { promoteValues: false })
      .toArray();
    expect(raw?.['x']).toEqual(Long.fromNumber(2147483648));
  });

  for (const [name, pipeline] of [
    ['unknown stages', [{ $bogus: {} }]],
    ['unknown expressions', [{ $project: { a: { $bogus: 1 } } }]],
    ['undefined variables', [{ $project: { a: '$$nope' } }]],
    ['division by zero', [{ $project: { a: { $divide: [1, 0] } } }]],
  ] as const)
    test(`${name} are errors`, async () => {
      const rows = await fresh('a', [{}]);
      await expect(rows.aggregate([...pipeline]).toArray()).rejects.toMatchObject({
        code: expect.any(Number),
      });
    });
});
