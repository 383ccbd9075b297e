import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');
const TESTS = join(import.meta.dirname, '..');

/** Which rooms a room may import. A room not listed may import every room. */
const WALLS: Record<string, readonly string[]> = {
  math: [],
  domain: ['math'],
  memory: ['math', 'domain'],
  worker: ['math', 'domain', 'memory'],
  trainer: ['math', 'domain'],
  config: ['domain'],
  telemetry: ['domain', 'config'],
  feed: ['domain'],
  store: ['domain'],
  sandbox: ['domain'],
  engine: ['math', 'domain', 'memory', 'worker', 'telemetry', 'feed', 'store', 'sandbox'],
  http: ['domain', 'engine', 'telemetry'],
  exchange: ['math', 'domain'],
};

/** The engine knows the ports of the adapter rooms, never an adapter. */
const DOORS: Record<string, RegExp> = {
  feed: /^feed\/(market-feed|account-source)\.ts$/,
  store: /^store\/ports\/[a-z-]+\.ts$/,
  sandbox: /^sandbox\/training-sandbox\.ts$/,
};

/** Nothing but these may import the embedded exchange. */
const EXCHANGE_USERS = ['main', 'cli', 'exchange'];

interface Import {
  readonly from: string;
  readonly specifier: string;
}

function sourceFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(from: string, code: string): Import[] {
  const { module } = parseSync(from, code);
  const specifiers = [
    ...module.staticImports.map((statement) => statement.moduleRequest.value),
    ...module.staticExports.flatMap((statement) =>
      statement.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest.value] : [])),
    ),
    ...module.dynamicImports.flatMap((statement) => {
      const text = code.slice(statement.moduleRequest.start, statement.moduleRequest.end);
      return /^['"]/.test(text) ? [text.slice(1, -1)] : [];
    }),
  ];
  return specifiers.map((specifier) => ({ from, specifier }));
}

function violation({ from, specifier }: Import): string | undefined {
  const room = from.includes('/') ? (from.split('/')[0] as string) : from.replace(/\.ts$/, '');
  if (specifier.startsWith('.')) {
    const target = join(from, '..', specifier);
    return target.split('/')[0] === room || !from.includes('/')
      ? undefined
      : `${from} reaches ${target} by a relative path: write #${target}`;
  }
  if (specifier.startsWith('node:') && room === 'domain')
    return `${from} imports ${specifier}: domain is pure`;
  if (!specifier.startsWith('#')) return undefined;
  const target = specifier.slice(1);
  const targetRoom = target.split('/')[0] as string;
  if (targetRoom === room) return `${from} imports its own room by ${specifier}: write a relative path`;
  if (targetRoom === 'exchange' && !EXCHANGE_USERS.includes(room))
    return `${from} imports ${specifier}: the embedded exchange is for demo and tests`;
  const allowed = WALLS[room];
  if (allowed !== undefined && !allowed.includes(targetRoom))
    return `${from} imports ${specifier}: ${room} may import ${allowed.join(', ') || 'nothing'}`;
  const door = room === 'engine' ? DOORS[targetRoom] : undefined;
  if (door !== undefined && !door.test(target))
    return `${from} imports ${specifier}: only the port, not an adapter`;
  return undefined;
}

describe('walls between rooms', () => {
  it('every import in src goes only to a room below it', () => {
    const imports = sourceFiles(SRC).flatMap((path) =>
      importsOf(relative(SRC, path), readFileSync(path, 'utf8')),
    );
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.map(violation).filter((line) => line !== undefined)).toEqual([]);
  });

  it.each([
    ['math/a.ts', "import { x } from '#domain/b.ts';"],
    ['domain/a.ts', "import type { x } from '#engine/b.ts';"],
    ['domain/a.ts', "import { readFileSync } from 'node:fs';"],
    ['feed/a.ts', "export type { X } from '#store/b.ts';"],
    ['http/a.ts', "const x = await import('#feed/b.ts');"],
    ['engine/a.ts', "import { x } from '#feed/binance/link.ts';"],
    ['engine/a.ts', "import { x } from '../feed/market-feed.ts';"],
    ['http/routes/a.ts', "import { x } from '#exchange/market.ts';"],
  ])('a planted crossing in %s is named: %s', (from, code) => {
    expect(importsOf(from, code).map(violation).filter(Boolean)).toHaveLength(1);
  });

  it('there are no import-free escapes: only main, cli, exchange and trainer read process.env', () => {
    const offenders = sourceFiles(SRC)
      .map((path) => [relative(SRC, path), readFileSync(path, 'utf8')] as const)
      .filter(
        ([from, code]) =>
          /process\.env/.test(code) && !/^(main\.ts|cli\/|exchange\/main|trainer\/)/.test(from),
      )
      .map(([from]) => from);
    expect(offenders).toEqual([]);
  });

  it('properties are tried on one seed: tests take fast-check from one file', () => {
    const users = sourceFiles(TESTS).filter((path) =>
      importsOf(path, readFileSync(path, 'utf8')).some(({ specifier }) => specifier === 'fast-check'),
    );
    expect(users.map((path) => relative(TESTS, path))).toEqual(['support/seeded-check.ts']);
  });
});
