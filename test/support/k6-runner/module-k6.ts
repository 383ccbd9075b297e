/** What a script imports from 'k6': check only. */
import { Rate, registry } from './metrics.ts';

export function check<T>(value: T, tests: Record<string, (value: T) => boolean>): boolean {
  const checks = (registry.get('checks') as Rate | undefined) ?? new Rate('checks');
  let all = true;
  for (const test of Object.values(tests)) {
    const good = Boolean(test(value));
    checks.add(good);
    all &&= good;
  }
  return all;
}
