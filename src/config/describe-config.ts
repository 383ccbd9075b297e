/**
 * The table of every variable, for README, ConfigMap and the tests that hold them together.
 * Flow: settings.ts -> here -> docs, deploy tests
 */
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

export interface SettingView {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly unit: string;
  readonly default: string | undefined;
  readonly secret: boolean;
  readonly description: string;
}

export function describeConfig(): readonly SettingView[] {
  return Object.values(settings).flatMap((group) =>
    Object.values(group as Record<string, Setting<unknown>>).map(
      ({ name, aliases, unit, default: fallback, secret, about }) => ({
        name,
        aliases,
        unit,
        default: fallback,
        secret,
        description: about,
      }),
    ),
  );
}
