import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { filesBelow, read } from './files.ts';

const workflows = filesBelow('.github/workflows', (path) => /\.ya?ml$/.test(path));
const forms = filesBelow('.github/ISSUE_TEMPLATE', (path) => /(?<!\/config)\.ya?ml$/.test(path));

const text = z.string().min(1);
const described = { label: text, description: text.optional() };
const validations = z.strictObject({ required: z.boolean() }).optional();
const id = z.string().regex(/^[\w-]+$/);
const field = <T extends string, A extends z.ZodRawShape>(type: T, attributes: A) =>
  z.strictObject({
    type: z.literal(type),
    id,
    attributes: z.strictObject({ ...described, ...attributes }),
    validations,
  });

/** The part of GitHub's published schema of issue forms that this repository uses. */
const issueForm = z.strictObject({
  name: text,
  description: text,
  title: text.optional(),
  labels: z.array(text).optional(),
  body: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: text }) }),
      field('textarea', {
        placeholder: text.optional(),
        value: text.optional(),
        render: text.optional(),
      }),
      field('input', { placeholder: text.optional(), value: text.optional() }),
      field('dropdown', { options: z.array(text).min(1), multiple: z.boolean().optional() }),
      field('checkboxes', {
        options: z.array(z.strictObject({ label: text, required: z.boolean().optional() })).min(1),
      }),
    ]),
  ),
});

/** The parts of a workflow that these tests check. */
const workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      permissions: z.record(z.string(), z.string()),
      'timeout-minutes': z.number(),
      steps: z.array(z.object({ run: z.string().optional() })),
    }),
  ),
});

describe.each(workflows)('%s', (path) => {
  const content = read(path);

  it('is a workflow by the rules of GitHub’s own parser', async () => {
    const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
    expect(value).toBeDefined();
    if (!value) return;
    const { errors = [], jobs } = await convertWorkflowTemplate(context, value);
    expect(errors).toEqual([]);
    expect(jobs.length).toBeGreaterThan(0);
  });

  it('pins every action by its whole commit, and says which version that is', () => {
    const uses = content.match(/\buses:.*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('may only read the code, and ends by itself', () => {
    const { permissions, jobs } = workflow.parse(parse(content, { merge: true }));
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(job.permissions).toEqual({ contents: 'read' });
  });

  it('runs only scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...content.matchAll(/\bnpm run ([a-z:]+)|\b(test:[a-z]+)/g)].map(
      ([, script, other]) => script ?? other ?? '',
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe.each(forms)('%s', (path) => {
  it('is an issue form', () => {
    const { body } = issueForm.parse(parse(read(path)));
    const ids = body.flatMap((part) => ('id' in part ? [part.id] : []));
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
