// `node:http` without the cost of an import. An import reads every export of the module, and the one called
// WebSocket loads all of Node's own `fetch`: 80 ms of processor time instead of 7.

export const { createServer, request, ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http')
