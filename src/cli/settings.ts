/** Prints every setting: name, unit, default, whether it is a secret, and what it is for. */
import { describeConfig } from '#config/describe-config.ts';

console.table(describeConfig());
