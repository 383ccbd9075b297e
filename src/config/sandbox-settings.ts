/**
 * Where training runs, what it starts from, and what it may cost.
 * Flow: settings.ts lists this table -> service/sandboxes builds the pool from it.
 */
import { address, integer, number, oneOf, secret, text } from './setting.ts';

export const sandboxSettings = {
  provider: oneOf('SANDBOX_PROVIDER', ['auto', 'e2b', 'local'], {
    default: 'auto',
    about: 'where training runs; auto is e2b where a token is set',
  }),
  e2bApiToken: secret('E2B_API_TOKEN', { aliases: ['E2B_API_KEY'], about: 'key of the sandbox provider' }),
  e2bApiUrl: address('E2B_API_URL', ['http', 'https'], {
    default: undefined,
    about: 'control address of the sandbox provider; absent: its public one',
  }),
  e2bSandboxUrl: address('E2B_SANDBOX_URL', ['http', 'https'], {
    default: undefined,
    about: 'one address for every sandbox; absent: the provider names them',
  }),
  e2bTemplate: text('E2B_TEMPLATE', {
    default: 'base',
    about:
      'sandbox template to start, NAME:TAG of one built by npm run sandbox:template; the default moves with the provider',
  }),
  poolSize: integer('SANDBOX_POOL_SIZE', {
    default: '3',
    min: 1,
    max: 16,
    unit: 'sandboxes',
    about: 'sandboxes kept ready',
  }),
  dailyBudgetUsd: number('SANDBOX_DAILY_BUDGET_USD', {
    default: '15',
    min: 0.01,
    max: 100_000,
    unit: 'US dollars per replica and UTC day',
    about:
      'no new sandboxes beyond it; three that are kept ready all day cost some 8 at E2B, local ones nothing',
  }),
};
