// Imported first by entry points. Grafast and PostGraphile look at these when they are loaded: without them every request is
// checked as in development, at several times its cost.

process.env.NODE_ENV ??= 'production'
process.env.GRAPHILE_ENV ??= 'production'
