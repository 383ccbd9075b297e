/**
 * The OpenAPI document, generated from the route schemas, and Swagger UI with its files inside.
 * Flow: route schemas -> /openapi.json -> /docs
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';

/** Swagger UI sets styles inline; nothing is fetched from elsewhere. */
const UI_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'frame-ancestors': ["'none'"],
};

export const docsPlugin = plugin(
  async (app: FastifyInstance, { version }: { readonly version: string }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Bayesian value at risk',
          version,
          description:
            'Posterior value at risk and expected shortfall of crypto books. Losses are positive numbers in the account currency.',
        },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      },
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: UI_POLICY,
      theme: { title: 'Bayesian VaR' },
    });
    app.get('/openapi.json', { schema: { hide: true }, config: { quiet: true } }, () => app.swagger());
  },
  { name: 'docs', dependencies: ['security'] },
);
