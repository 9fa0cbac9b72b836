// The threads that Monaco thinks in. They are built with the console and come from its own origin, as the page's policy demands;
// made when an editor asks for them.

import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker'
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker'
import GraphQLWorker from 'monaco-graphql/esm/graphql.worker.js?worker'

export const setUpWorkers = (): void => {
  window.MonacoEnvironment = {
    getWorker: (_id, label) => {
      if (label === 'json') return new JsonWorker()
      return label === 'graphql' ? new GraphQLWorker() : new EditorWorker()
    },
  }
}
