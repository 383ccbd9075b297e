/**
 * The address of a stream link: /ws/<stream>, /ws, /stream?streams=a/b, each with an optional time unit.
 * Flow: upgrade request -> here -> link form.
 */
import type { LinkForm } from './link.ts';

const MICRO = /^microsecond$/i;

/** Undefined where no stream endpoint lives. */
export function parseStreamPath(target: string): LinkForm | undefined {
  const url = new URL(target, 'ws://exchange');
  const micro = MICRO.test(url.searchParams.get('timeUnit') ?? '');
  if (url.pathname === '/stream' || url.pathname === '/stream/') {
    return { combined: true, micro, streams: names(url.searchParams.get('streams') ?? '') };
  }
  if (url.pathname === '/ws' || url.pathname.startsWith('/ws/')) {
    return { combined: false, micro, streams: names(decodeURIComponent(url.pathname.slice(4))) };
  }
  return undefined;
}

function names(list: string): string[] {
  return list.split('/').filter((name) => name !== '');
}
