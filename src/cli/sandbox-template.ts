/**
 * Builds the pinned template that training sandboxes start from: this project's Node on a slim Debian, and
 * nothing else. The trainer itself is uploaded to each sandbox and checked there by its SHA-256.
 *   npm run sandbox:template -- --name bayesian-var-trainer:1 [--dry-run]
 * Reads E2B_API_TOKEN (or E2B_API_KEY); --dry-run prints the build file instead and needs none.
 * Exit codes: 0 built or printed, 2 refused. The service uses the template where E2B_TEMPLATE names it.
 */
import { parseArgs } from 'node:util';
import { E2B, Template } from 'e2b';

/** What a job of 2,000 observations and 1,024 particles needs, several times over. */
const SIZE = { cpuCount: 2, memoryMB: 1_024 } as const;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: { name: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  });
  const template = Template().fromImage(`node:${process.versions.node}-bookworm-slim`);
  if (values['dry-run']) {
    console.log(Template.toDockerfile(template));
    return;
  }
  if (values.name === undefined || !/^[a-z0-9][a-z0-9_-]*:[A-Za-z0-9._-]+$/.test(values.name))
    throw new Error('--name takes NAME:TAG, so that sandboxes start from a version that does not move');
  const apiKey = process.env['E2B_API_TOKEN'] ?? process.env['E2B_API_KEY'];
  if (apiKey === undefined || apiKey === '') throw new Error('E2B_API_TOKEN is not set');
  const { templateId, buildId } = await new E2B({ apiKey }).Template.build(template, values.name, {
    ...SIZE,
    onBuildLogs: (entry) => console.error(String(entry)),
  });
  console.log(`E2B_TEMPLATE=${values.name} (template ${templateId}, build ${buildId})`);
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
