/** What the deployer's role allows, and which rights a kubectl call needs. */
import { type Json, named } from './manifests.ts';

export interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly name: string | undefined;
}

export const deployerRules = (): Json[] => named('Role', 'bayesian-var-deployer').rules;

export function allowed({ verb, resource, name }: Right): boolean {
  return deployerRules().some(
    (rule) =>
      rule.resources.includes(resource) &&
      rule.verbs.includes(verb) &&
      (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))),
  );
}

const PLURAL: Record<string, string> = { resourcequota: 'resourcequotas', pods: 'pods' };
const plural = (resource: string): string => PLURAL[resource] ?? `${resource.toLowerCase()}s`;

/** kubectl asks for more than its verb says: apply and scale read before they patch. */
export function rightsOf(verb: string, resource: string, name: string | undefined): Right[] {
  const right = (v: string, sub = ''): Right => ({ verb: v, resource: plural(resource) + sub, name });
  switch (verb) {
    case 'get':
      return [right(name === undefined ? 'list' : 'get')];
    case 'apply':
      return [right('get'), right('patch')];
    case 'scale':
      return [right('get'), right('patch', '/scale')];
    case 'replace':
      return [right('get'), right('update')];
    default:
      return [right(verb)];
  }
}
