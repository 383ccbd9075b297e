/**
 * Security headers, worked out by helmet once at the start and sent with every answer: the policy is the
 * same for all, and working it out anew was half the cost of a small request. The API serves JSON, so its
 * content policy allows nothing; the docs carry their own.
 * Flow: helmet on a throw-away application -> recorded headers -> onRequest
 */
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';

export const securityPlugin = plugin(
  async (app: FastifyInstance) => {
    const headers = await helmetHeaders();
    app.addHook('onRequest', (_request, reply, next) => {
      reply.headers(headers);
      next();
    });
  },
  { name: 'security', dependencies: ['request-context'] },
);

async function helmetHeaders(): Promise<Readonly<Record<string, string>>> {
  const probe = Fastify();
  let recorded: Readonly<Record<string, string>> = {};
  await probe.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  probe.get('/', (_request, reply) => {
    recorded = {
      ...(reply.raw.getHeaders() as Record<string, string>),
      ...(reply.getHeaders() as typeof recorded),
    };
    return '';
  });
  await probe.inject('/');
  await probe.close();
  return recorded;
}
