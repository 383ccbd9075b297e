/**
 * fast-check with one seed, so that a property is tried on the same cases every time. PROPERTY_SEED looks for new
 * ones; what it finds belongs in the test as an example.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) });

export default fc;
