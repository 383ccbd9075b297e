/**
 * A real Kubernetes control plane: etcd, API server, controllers and scheduler as processes on the test's own network.
 *
 * Flow: programs of prepare.sh -> processes -> kubectl, pod runner, deployment scripts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopped, until } from '../../deploy/harness/process.ts';
import { type Api, connectApi } from './api.ts';
import { type Certificates, makeCertificates } from './certificates.ts';

export const NODE_ADDRESS = '10.77.0.1';
const SERVER = `https://${NODE_ADDRESS}:6443`;
const ADMIN_TOKEN = 'admin-of-the-test';

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ControlPlane extends AsyncDisposable {
  readonly kubectlPath: string;
  readonly certificates: Certificates;
  readonly api: Api;
  readonly dir: string;
  /** Runs kubectl as the administrator, or with another kubeconfig. */
  kubectl(args: readonly string[], stdin?: string, kubeconfig?: string): Promise<Answer>;
  /** A kubeconfig for the bearer of the token. */
  kubeconfig(name: string, token: string): string;
  /** Requests of the deployer as the API server noted them. */
  audit(): { verb: string; resource: string; name: string | undefined; code: number }[];
}

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    users: ['system:serviceaccount:production:bayesian-var-deployer']
  - level: None
`;

export async function startControlPlane(dir: string): Promise<ControlPlane> {
  const programs = process.env['BVAR_CLUSTER_PROGRAMS'];
  if (programs === undefined) throw new Error('start the cluster test by "npm run test:cluster"');
  const certificates = makeCertificates(dir);
  const at = (name: string): string => join(dir, name);
  const stack = new AsyncDisposableStack();
  const launch = (program: string, args: readonly string[]): void => {
    const log = openSync(at(`${program.split('/').at(-1)}.log`), 'w');
    const child = spawn(program, [...args], { stdio: ['ignore', log, log] });
    stack.defer(() => stopped(child, 10_000));
  };
  const kubeconfig = (name: string, token: string): string => {
    const user = { name, user: { token } };
    const cluster = { server: SERVER, 'certificate-authority': certificates.ca };
    const context = { cluster: 'test', user: name, namespace: 'production' };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster }],
      users: [user],
      contexts: [{ name: 'test', context }],
      'current-context': 'test',
    };
    writeFileSync(at(`${name}.kubeconfig`), JSON.stringify(config), { mode: 0o600 });
    return at(`${name}.kubeconfig`);
  };

  writeFileSync(at('tokens.csv'), `${ADMIN_TOKEN},admin,admin,system:masters\n`);
  writeFileSync(at('audit-policy.yaml'), AUDIT_POLICY);
  const admin = kubeconfig('admin', ADMIN_TOKEN);
  launch('etcd', [
    ...['--data-dir', at('etcd'), '--unsafe-no-fsync', '--listen-peer-urls', 'http://127.0.0.1:2380'],
    ...['--listen-client-urls', 'http://127.0.0.1:2379', '--advertise-client-urls', 'http://127.0.0.1:2379'],
  ]);
  launch(join(programs, 'kube-apiserver'), [
    '--etcd-servers=http://127.0.0.1:2379',
    `--bind-address=${NODE_ADDRESS}`,
    `--advertise-address=${NODE_ADDRESS}`,
    `--tls-cert-file=${certificates.cert}`,
    `--tls-private-key-file=${certificates.key}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${certificates.accountKey}`,
    `--service-account-key-file=${certificates.accountKey}`,
    '--service-cluster-ip-range=10.78.0.0/24',
    `--audit-policy-file=${at('audit-policy.yaml')}`,
    `--audit-log-path=${at('audit.log')}`,
  ]);
  const api = connectApi(SERVER, ADMIN_TOKEN, readFileSync(certificates.ca, 'utf8'));
  stack.defer(() => api.close());
  await until('the API server', async () => (await api.get('/readyz')).status === 200, 120_000);
  launch(join(programs, 'kube-controller-manager'), [
    ...[`--kubeconfig=${admin}`, '--leader-elect=false', '--secure-port=0'],
    ...[`--service-account-private-key-file=${certificates.accountKey}`, `--root-ca-file=${certificates.ca}`],
  ]);
  launch(join(programs, 'kube-scheduler'), [
    `--kubeconfig=${admin}`,
    '--leader-elect=false',
    '--secure-port=0',
  ]);

  const kubectlPath = join(programs, 'kubectl');
  return {
    kubectlPath,
    certificates,
    api,
    dir,
    kubeconfig,
    kubectl: async (args, stdin = '', config = admin) => {
      const child: ChildProcess = spawn(kubectlPath, ['--kubeconfig', config, ...args], { stdio: 'pipe' });
      let [out, err] = ['', ''];
      child.stdout?.setEncoding('utf8').on('data', (text) => {
        out += text;
      });
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        err += text;
      });
      child.stdin?.end(stdin);
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, out, err };
    },
    audit: () =>
      readFileSync(at('audit.log'), 'utf8')
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .filter((entry) => entry.objectRef !== undefined)
        .map(({ verb, objectRef, responseStatus }) => ({
          verb,
          resource: [objectRef.resource, objectRef.subresource].filter(Boolean).join('/'),
          name: objectRef.name,
          code: responseStatus.code,
        })),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
