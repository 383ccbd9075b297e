/**
 * What a REST handler answers: a status, a JSON text and headers. Errors carry the exchange's numeric codes.
 */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: string): Reply {
  return { status: 200, body };
}

export function refuse(status: number, code: number, msg: string, headers?: Reply['headers']): Reply {
  const body = JSON.stringify({ code, msg });
  return headers === undefined ? { status, body } : { status, body, headers };
}

export const FAULTS = {
  invalidSymbol: () => refuse(400, -1121, 'Invalid symbol.'),
  invalidInterval: () => refuse(400, -1120, 'Invalid interval.'),
  missing: (name: string) =>
    refuse(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  illegal: (name: string) =>
    refuse(400, -1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`),
  notValid: (name: string) => refuse(400, -1130, `Data sent for parameter '${name}' is not valid.`),
  combination: () => refuse(400, -1128, 'Combination of optional parameters invalid.'),
} as const;
