/** Builds the image that the pods of the cluster test run, while there still is a network: npm installs its packages. */
import { openContainerEngine, unavailable } from '../../support/container-engine.ts';

export const IMAGE = 'localhost/bayesian-var:cluster';

if (import.meta.main && unavailable() === undefined) {
  const engine = openContainerEngine();
  try {
    await engine.build(IMAGE);
  } finally {
    engine.close();
  }
}
