/**
 * A real HAProxy in the place of the cluster's gateway: weights per colour, preview by header, its own exporter.
 *
 * Flow: stand-in cluster -> runtime socket -> HAProxy -> pods. Shapes: SLOTS server lines a colour, filled as pods come.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { searchPath } from '../support/outside-tool.ts';
import { freePort, stopped, until } from './process.ts';

const PROGRAM = 'haproxy';
export const SLOTS = 3;
export const COLORS = ['blue', 'green'] as const;
export type Color = (typeof COLORS)[number];

export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly metricsTarget: string;
  /** Requests that did not end well, one line each. */
  troubles(): string[];
  /** Point a server line at a pod, or park it. */
  place(color: Color, slot: number, port: number | undefined, host?: string): Promise<void>;
  /** Weights of the colours in percent, divided among the pods that are placed. */
  weigh(shares: Record<Color, number>, placed: Record<Color, readonly number[]>): Promise<void>;
}

const servers = (color: Color): string =>
  Array.from({ length: SLOTS }, (_, i) => `  server ${color}${i} 127.0.0.1:9 weight 1 disabled`).join('\n');

/** Pods that serve HTTPS are checked against the authority and the name that they go by. */
const encrypted = (authority: string): string =>
  `  timeout connect 5s
  default-server ssl verify required ca-file ${authority} verifyhost bayesian-var.production.svc`;

const config = (port: number, metrics: number, socket: string, authority?: string): string => `
global
  log stdout format raw local0
  stats socket ${socket} mode 600 level admin
  maxconn 2000
defaults
  mode http
  log global
  option httplog
  option dontlog-normal
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch
  retry-on conn-failure empty-response
${authority === undefined ? '' : encrypted(authority)}
frontend callers
  bind 127.0.0.1:${port}
  use_backend preview-blue if { req.hdr(x-bvar-color) blue }
  use_backend preview-green if { req.hdr(x-bvar-color) green }
  default_backend bayesian-var
frontend exporter
  bind 127.0.0.1:${metrics}
  http-request use-service prometheus-exporter
backend bayesian-var
  balance roundrobin
${servers('blue')}
${servers('green')}
backend preview-blue
${servers('blue')}
backend preview-green
${servers('green')}
`;

function order(socket: string, commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const client = connect(socket, () => client.end(`${commands.join('; ')}\n`));
    client.setEncoding('utf8');
    client.on('data', (text) => {
      answer += text;
    });
    client.on('error', reject);
    client.on('close', () => resolve(answer));
  });
}

export async function startGateway(dir: string, authority?: string): Promise<Gateway> {
  const [port, metrics] = [await freePort(), await freePort()];
  const socket = join(dir, 'haproxy.sock');
  const file = join(dir, 'haproxy.cfg');
  const log = join(dir, 'haproxy.log');
  writeFileSync(file, config(port, metrics, socket, authority));
  const child: ChildProcess = spawn(PROGRAM, ['-f', file, '-db'], {
    stdio: ['ignore', openSync(log, 'w'), 'ignore'],
    env: { ...process.env, PATH: searchPath() },
  });
  await until('haproxy', async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).ok);

  const send = async (commands: readonly string[]): Promise<void> => {
    const answer = (await order(socket, commands)).trim();
    if (/unknown|error|failed|No such/i.test(answer)) throw new Error(`haproxy: ${answer}`);
  };

  return {
    url: `http://127.0.0.1:${port}`,
    metricsTarget: `127.0.0.1:${metrics}`,
    troubles: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"')),
    place: (color, slot, podPort, host = '127.0.0.1') =>
      send(
        ['bayesian-var', `preview-${color}`].flatMap((backend) => {
          const server = `${backend}/${color}${slot}`;
          return podPort === undefined
            ? [`set server ${server} state maint`]
            : [`set server ${server} addr ${host} port ${podPort}`, `set server ${server} state ready`];
        }),
      ),
    weigh: (shares, placed) =>
      send(
        COLORS.flatMap((color) =>
          Array.from({ length: SLOTS }, (_, slot) => {
            const weight = placed[color].includes(slot)
              ? Math.round((shares[color] * 2.5) / placed[color].length)
              : 0;
            return `set server bayesian-var/${color}${slot} weight ${shares[color] > 0 && placed[color].includes(slot) ? Math.max(1, weight) : 0}`;
          }),
        ),
      ),
    [Symbol.asyncDispose]: () => stopped(child),
  };
}
