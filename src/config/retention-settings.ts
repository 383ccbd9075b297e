/**
 * How long each kind of record stays, in whole days; the service reads milliseconds.
 * Flow: settings.ts lists this table -> engine/store-keeper removes what is older.
 */
import { days } from './setting.ts';

export const retentionSettings = {
  forecastsMs: days('RETAIN_FORECASTS_DAYS', {
    default: '400',
    about: 'forecasts and their outcomes; live accuracy is measured on them',
  }),
  complianceMs: days('RETAIN_COMPLIANCE_DAYS', {
    default: '400',
    about: 'changes of compliance verdicts',
  }),
  jobsMs: days('RETAIN_JOBS_DAYS', { default: '90', about: 'ended training and backtest jobs' }),
  riskPointsMs: days('RETAIN_RISK_POINTS_DAYS', {
    default: '400',
    about: 'stored points of books (/var/history)',
  }),
  lineagesMs: days('RETAIN_LINEAGES_DAYS', {
    default: '30',
    about: 'lineages; an older audited answer cannot be computed again',
  }),
  modelsMs: days('RETAIN_MODELS_DAYS', {
    default: '90',
    about: 'particles of archived and rejected versions; a champion and its predecessor always stay',
  }),
  auditMs: days('RETAIN_AUDIT_DAYS', {
    default: undefined,
    about: 'audit entries; absent: for ever. What remains still verifies from a checkpoint',
  }),
} as const;
