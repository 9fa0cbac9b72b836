// Bare PostGraphile: the stock preset behind its own grafserv on Koa, on one schema of the same database. Run
// by run.ts as a process of its own: argument 1 is the database's URL, 2 the schema, 3 the port.

import Koa from 'koa'
import pg from 'pg'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/koa/v2'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const [url = '', schema = '', port = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: url, max: 10, options: '-c TimeZone=UTC' })

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // Stock PostGraphile hides sorting by columns without an index; the gateway does not.
  // The names here are ASCII, and the package behind the other plugin is not installed (stubs/transliteration).
  disablePlugins: ['PgIndexBehaviorsPlugin', 'TransliterationPlugin'],
  pgServices: [makePgService({ pool, schemas: [schema], pubsub: false })],
  grafserv: { watch: false, graphqlPath: '/graphql', graphiql: false },
  grafast: { explain: false },
})

const app = new Koa()
// Without a server of its own: nothing here subscribes.
await instance.createServ(grafserv).addTo(app, null)
app.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
