// One measured burst of requests. In: what to send, over how many connections and how long; out: requests per
// second and the latency's percentiles. Any answer outside 2xx makes the measurement worthless, so it is an
// error.

import autocannon from 'autocannon'

export interface Call {
  readonly method: 'GET' | 'PATCH' | 'POST'
  readonly path: string
  /** A path of its own for each request, in place of `path`. */
  readonly nextPath?: () => string
  readonly headers: Readonly<Record<string, string>>
  /** Headers of their own for each request, beside `headers`. */
  readonly nextHeaders?: () => Readonly<Record<string, string>>
  /** Made anew for each request: creates need values of their own. */
  readonly body?: () => string
}

export interface Measurement {
  readonly total: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Asks once and reads the answer: a fast wrong answer must not be measured. */
export const check = async (origin: string, { method, path, headers, body }: Call): Promise<void> => {
  const response = await fetch(origin + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: body() }),
  })
  const text = await response.text()
  if (!response.ok || text.includes('"errors"'))
    throw new Error(`${method} ${origin}${path} answers ${response.status}: ${text.slice(0, 500)}`)
}

/**
 * @param length in seconds, or in requests
 * @param rate requests per second; as many as possible without one
 */
export const measure = async (
  origin: string,
  call: Call,
  connections: number,
  length: number | { readonly amount: number },
  rate?: number,
): Promise<Measurement> => {
  const { method, path, nextPath, headers, nextHeaders, body } = call
  const result = await autocannon({
    url: origin,
    connections,
    ...(typeof length === 'number' ? { duration: length } : length),
    ...(rate === undefined ? {} : { overallRate: rate }),
    requests: [
      {
        method,
        path,
        headers: { ...headers },
        ...(body === undefined && nextHeaders === undefined
          ? {}
          : {
              setupRequest: (request) => ({
                ...request,
                path: nextPath?.() ?? path,
                headers: { ...headers, ...nextHeaders?.() },
                ...(body === undefined ? {} : { body: body() }),
              }),
            }),
      },
    ],
  })
  const failed = result.non2xx + result.errors + result.timeouts
  if (failed > 0)
    throw new Error(`${failed} of ${result.requests.total} requests to ${origin}${path} failed.`)
  return {
    total: result.requests.total,
    perSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }
}
