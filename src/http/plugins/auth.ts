/**
 * Bearer tokens and scopes. Registered inside the guarded scope: every route there needs a token, and the
 * scope its config names (read by default). There is no switch that turns this off.
 * Flow: Authorization header -> TokenAuthority -> request.principal -> scope -> weight -> route
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { Metrics } from '#telemetry/metrics.ts';
import { Problem } from '../problems.ts';
import type { Principal, Scope, TokenAuthority } from '../tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    /** Scope a caller needs; read by default. */
    scope?: Scope;
  }
}

export interface AuthOptions {
  readonly tokens: TokenAuthority;
  readonly metrics: Metrics;
}

const BEARER = /^Bearer +([\w.~+/=-]{1,512})$/i;
const CHALLENGE = 'Bearer realm="bayesian-var"';

export const authPlugin = plugin(
  (app: FastifyInstance, { tokens, metrics }: AuthOptions, done) => {
    app.addHook('onRequest', async (request, reply) => {
      const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
      const found = token === undefined ? undefined : tokens.verify(token);
      const principal = found instanceof Promise ? await found : found;
      if (principal === undefined) throw refusal(request, token === undefined ? 'missing' : 'invalid');
      request.principal = principal;
      const scope = request.routeOptions.config.scope ?? 'read';
      if (!principal.scopes.includes(scope)) {
        metrics.authFailures.inc({ reason: 'scope' });
        throw new Problem('scope-missing', `This needs the scope ${scope}`, {
          headers: { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${scope}"` },
        });
      }
      app.takeWeight(request, reply);
    });

    function refusal(request: FastifyRequest, reason: 'missing' | 'invalid'): Problem {
      metrics.authFailures.inc({ reason });
      app.takeFailure(request);
      return new Problem(
        'unauthorized',
        reason === 'missing' ? 'Send Authorization: Bearer <token>' : 'The token is not known or has ended',
        {
          headers: {
            'www-authenticate': reason === 'missing' ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`,
          },
        },
      );
    }
    done();
  },
  { name: 'auth', dependencies: ['rate-limit'] },
);
