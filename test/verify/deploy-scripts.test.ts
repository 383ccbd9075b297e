/** The scripts one piece at a time, against a kubectl that only records what it is asked. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonPatch } from '../deploy/harness/json-patch.ts';
import { DEPLOY, type Json, named } from '../deploy/support/manifests.ts';
import { haveTools, run } from '../deploy/support/outside-tool.ts';
import { tempDir } from '../support/temp-dir.ts';

const SCRIPTS = join(DEPLOY, 'scripts');
const names = readdirSync(SCRIPTS).filter((name) => name.endsWith('.sh'));
const sources = readdirSync(SCRIPTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sh'),
);

/** Runs a piece of bash with the libraries loaded. */
function bash(code: string, env: Record<string, string> = {}): { code: number; output: string } {
  using dir = tempDir('scripts');
  const program = join(dir.path, 'scripts');
  writeFileSync(program, `source ${SCRIPTS}/lib/run.sh\nWORK=${dir.path}\n${code}\n`);
  return run('bash', [program], dir.path, {
    LOG_DIR: dir.path,
    REPORT_DIR: dir.path,
    LOCK_DIR: dir.path,
    ...env,
  });
}

describe.skipIf(!haveTools('jq', 'curl'))('every script', () => {
  it.each(names)('%s explains itself, exit codes included, and refuses what it does not know', (name) => {
    const help = run('bash', [join(SCRIPTS, name), '--help']);
    expect(help.code).toBe(0);
    expect(help.output).toContain(`Usage: ${name}`);
    expect(help.output.length).toBeGreaterThan(300);
    expect(run('bash', [join(SCRIPTS, name), '--nonsense']).code).toBe(11);
  });

  it('is the ones that the operations guide names, and few more', () => {
    for (const name of [
      'production_deployment.sh',
      'deployment_validation.sh',
      'zero_downtime_rollback.sh',
      'e2b_production_monitor.sh',
    ])
      expect(names).toContain(name);
  });

  it('never evaluates text, traces secrets or puts them on a command line', () => {
    for (const name of sources) {
      const code = readFileSync(join(SCRIPTS, name), 'utf8').replaceAll(/^\s*#.*$/gm, '');
      expect(code, name).not.toMatch(/\beval\b|set -x|\bset -o xtrace/);
      expect(code, name).not.toMatch(
        /--(header|data|user|url)[ =]"[^"]*\$\{?(VALIDATION_TOKEN|PAGERDUTY_API_KEY|SLACK_WEBHOOK_URL)/,
      );
    }
  });

  it('bounds every call to the outside', () => {
    for (const name of sources) {
      const code = readFileSync(join(SCRIPTS, name), 'utf8').replaceAll(/^\s*#.*$/gm, '');
      for (const [call] of code.matchAll(/\bcurl (?=--|"\$\{)(?!--version)[^|]*/g))
        expect(/--max-time|options\[@\]/.test(call), `${name}: ${call}`).toBe(true);
    }
    expect(readFileSync(join(SCRIPTS, 'lib/kube.sh'), 'utf8')).toContain('--request-timeout=');
  });
});

describe.skipIf(!haveTools('jq', 'curl'))('traffic by compare-and-swap', () => {
  const route: Json = named('HTTPRoute', 'bayesian-var');
  const stub = (body: Json): string =>
    `kube() { if [[ $1 == get ]]; then cat <<'EOT'\n${JSON.stringify(body)}\nEOT\nelse printf '%s' "\${@: -1}"; fi; }
     require_lease() { :; }; timeline() { :; }; DRIVER=gateway; kube_write() { printf '%s' "\${@: -1}" >&3; }`;

  function patchFor(percent: number): Json {
    const { code, output } = bash(`exec 3>&1\n${stub(route)}\nset_weights green ${percent} 2>/dev/null`);
    expect(code, output).toBe(0);
    return JSON.parse(output);
  }

  it('moves the named share and the rest, and touches no preview rule', () => {
    const after = jsonPatch(route, patchFor(25));
    expect(after.spec.rules[2].backendRefs.map((ref: Json) => ref.weight)).toEqual([75, 25]);
    expect(after.spec.rules.slice(0, 2)).toEqual(route.spec.rules.slice(0, 2));
  });

  it('fails when somebody else has moved the weights in between', () => {
    const changed = structuredClone(route);
    changed.spec.rules[2].backendRefs[1].weight = 3;
    expect(() => jsonPatch(changed, patchFor(25))).toThrow(/testing value/);
  });

  it('fails when the backends have changed their order', () => {
    const changed = structuredClone(route);
    changed.spec.rules[2].backendRefs.reverse();
    expect(() => jsonPatch(changed, patchFor(25))).toThrow(/testing value/);
  });

  it('reads live weights by name', () => {
    expect(bash(`${stub(route)}\nweights; live_color`).output).toBe('100 0\nblue');
  });
});

describe.skipIf(!haveTools('jq', 'curl'))('small parts', () => {
  it('compares decimals and recognises numbers', () => {
    const { output } = bash(`
      compare 0.02 '>' 0.01 && echo yes; compare 1e-3 '>' 0.01 || echo no
      for text in 1 -2.5 3e-05 none down NaN; do is_number $text && echo "$text is" || echo "$text is not"; done`);
    expect(output).toBe('yes\nno\n1 is\n-2.5 is\n3e-05 is\nnone is not\ndown is not\nNaN is not\n');
  });

  it.each([
    ['the new colour alone', '0', 'error-rate'],
    ['both colours', '20', 'shared-dependency'],
  ])('blames the version or what both versions need: errors of %s', (_who, blueBad, trigger) => {
    const { output } = bash(
      `source ${SCRIPTS}/lib/judge.sh
       gateway_bad() { if [[ $1 == green ]]; then printf 20; else printf '%s' "$BLUE_BAD"; fi; }
       service_bad() { printf 0; }; http_bad() { printf 0; }
       gateway_all() { printf 400; }; service_all() { printf 400; }; http_all() { printf 400; }
       broken_rules() { printf 0; }; is_healthy() { true; }; renew_lease() { :; }; timeline() { :; }
       start_judging
       judge green 60
       printf 'trigger=%s\n' "$TRIGGER"`,
      { BLUE_BAD: blueBad },
    );
    expect(output).toContain(`trigger=${trigger}\n`);
  });

  it('says so when a directory of the guide cannot be written, and uses another', () => {
    const { output } = bash('writable_dir /proc/nowhere 2>&1');
    expect(output).toContain('WARNING: /proc/nowhere is not writable');
  });

  it('takes the lock of a holder that died on this machine, not of one elsewhere', () => {
    const { output } = bash(`
      holder_died "$(hostname):999999:x" && echo died; holder_died "$(hostname):$$:x" || echo lives
      holder_died "elsewhere:999999:x" || echo elsewhere`);
    expect(output).toBe('died\nlives\nelsewhere\n');
  });

  it('reaches a colour by port-forward where there is no gateway, and ends the forward', () => {
    using dir = tempDir('forward');
    const kubectl = join(dir.path, 'kubectl');
    writeFileSync(
      kubectl,
      '#!/usr/bin/env bash\necho "Forwarding from 127.0.0.1:4321 -> 8080"\nexec sleep 60\n',
    );
    chmodSync(kubectl, 0o755);
    const { code, output } = bash(
      `first=$(forward_port green); second=$(forward_port green); pid=$(cat "$WORK/forward.green.pid")
       echo "$first $second"; kill -0 "$pid" && echo running; stop_forward
       for _ in {1..50}; do kill -0 "$pid" 2>/dev/null || { echo ended; exit 0; }; sleep 0.1; done; exit 1`,
      { KUBECTL: kubectl },
    );
    expect([code, output]).toEqual([0, '4321 4321\nrunning\nended\n']);
  });
});

describe.skipIf(!haveTools('jq', 'curl'))('the first deployment', () => {
  it('applies everything but secrets, gives blue the image and parks green', () => {
    using dir = tempDir('bootstrap');
    const kubectl = join(dir.path, 'kubectl');
    const secret = Buffer.from('filled-in').toString('base64');
    const data = Object.fromEntries(
      Object.keys(named('Secret', 'bayesian-var-secrets-v1').data).map((k) => [k, secret]),
    );
    const objects = ['Namespace', 'ConfigMap', 'Deployment']
      .flatMap((kind) =>
        kind === 'Deployment' ? ['blue', 'green'].map((c) => named(kind, `bayesian-var-${c}`)) : [],
      )
      .map((body) => JSON.stringify(body))
      .join('\n');
    writeFileSync(join(dir.path, 'objects'), objects);
    writeFileSync(
      kubectl,
      `#!/usr/bin/env bash
printf '%s\\n' "$*" >>${dir.path}/calls
case "$*" in
  *'get secret'*) echo '${JSON.stringify({ data })}' ;;
  *'--dry-run=client'*) cat ${dir.path}/objects ;;
  *'get deployment bayesian-var-blue --output name'*) exit 1 ;;
  *'get crd'*) exit 0 ;;
  *'get pods'*) echo '{"items":[]}' ;;
  *'get deployment bayesian-var-blue --output json'*) echo '{"metadata":{"generation":1},"status":{"observedGeneration":1,"readyReplicas":5,"updatedReplicas":5}}' ;;
  *'apply'*'--filename -'*) cat >>${dir.path}/applied ;;
esac
`,
    );
    chmodSync(kubectl, 0o755);
    const image = `registry.example.com/risk/bayesian-var@sha256:${'b'.repeat(64)}`;
    const result = run('bash', [join(SCRIPTS, 'bootstrap.sh'), '--image', image], dir.path, {
      KUBECTL: kubectl,
      LOG_DIR: dir.path,
      REPORT_DIR: dir.path,
    });
    expect(result.code, result.output).toBe(0);
    const applied: Json[] = readFileSync(join(dir.path, 'applied'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => parse(line));
    expect(applied.map((body) => [body.metadata.name, body.spec.replicas])).toEqual([
      ['bayesian-var-blue', 5],
      ['bayesian-var-green', 0],
    ]);
    for (const body of applied) expect(body.spec.template.spec.containers[0].image).toBe(image);
    const calls = readFileSync(join(dir.path, 'calls'), 'utf8');
    expect(calls).not.toMatch(/apply.*secrets/);
    expect(calls).toMatch(/create .*traffic\/route\.yaml/);
  });
});

describe.skipIf(!haveTools('jq'))('the bill of materials', () => {
  it('is CycloneDX and names what the image carries, not what only tests need', () => {
    using dir = tempDir('sbom');
    const result = run('bash', [join(SCRIPTS, 'supply_chain.sh'), '--offline'], dir.path, {
      REPORT_DIR: dir.path,
      LOG_DIR: dir.path,
    });
    expect(result.code, result.output).toBe(0);
    const sbom: Json = JSON.parse(readFileSync(join(dir.path, 'bayesian-var-sbom.cdx.json'), 'utf8'));
    expect(sbom.bomFormat).toBe('CycloneDX');
    const components = sbom.components.map((component: Json) => component.name);
    expect(components).toEqual(expect.arrayContaining(['fastify', 'piscina', 'prom-client']));
    expect(components).not.toContain('vitest');
  });

  it('is refused when a component stands under a licence that is not accepted', () => {
    using dir = tempDir('sbom');
    const result = run('bash', [join(SCRIPTS, 'supply_chain.sh'), '--offline'], dir.path, {
      REPORT_DIR: dir.path,
      LOG_DIR: dir.path,
      LICENSES: 'Apache-2.0 BSD-3-Clause ISC BlueOak-1.0.0',
    });
    expect(result.code).toBe(3);
    expect(result.output).toMatch(/not accepted: .*fastify@[\d.]+: MIT/);
    expect(result.output).not.toContain(': Apache-2.0');
  });
});
