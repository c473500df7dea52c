// How a scenario speaks with the test that started it: parameters as JSON in the first argument, then one JSON object a
// line. `ask` says something and waits for the answer; `done` says the last thing.
import readline from 'node:readline'

export const given = JSON.parse(process.argv[2])

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()

export function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

export async function ask(what) {
  say(what)
  const { value, done: ended } = await lines.next()
  if (ended) throw new Error('the test went away')
  return JSON.parse(value)
}

export function done(what) {
  say(what)
  process.exit(0) // idle connections to the provider would keep the process for seconds
}

// What an error of the library says about the answer of the provider.
export async function refusal(promise) {
  try {
    await promise
  } catch (error) {
    const challenge = Array.isArray(error.cause) ? error.cause[0]?.parameters : undefined
    if (error.error === undefined && challenge === undefined) throw error
    return { status: error.status, error: error.error ?? challenge.error }
  }
  throw new Error('was not refused')
}
