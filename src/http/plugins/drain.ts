/**
 * While the process is leaving, every answer tells its client to open the next connection elsewhere.
 * Flow: lifecycle begins the drain -> every response carries Connection: close
 */
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import type { Drain } from '../drain.ts';

export const drainPlugin = plugin(
  (app: FastifyInstance, { drain }: { readonly drain: Drain }, done) => {
    app.addHook('onSend', (_request, reply, _payload, next) => {
      if (drain.draining) reply.header('connection', 'close');
      next();
    });
    done();
  },
  { name: 'drain', dependencies: ['errors'] },
);
