// The console's own part: a session that is taken from what signIn answers, a fetcher over HTTP and
// WebSocket that uses it, and the example tabs.
(() => {
  'use strict';

  const settings = JSON.parse(document.getElementById('settings').textContent);
  const { createElement: h, useEffect, useSyncExternalStore } = React;
  const { useEditorContext } = GraphiQL.React;

  // ---- Session -------------------------------------------------------------------------------
  // Kept for this browser tab alone, and without the refresh token: a duplicated tab would use it a
  // second time, which ends the session. After 15 minutes one runs "Entrar" again.
  const session = {
    key: 'citrus-console:session',
    listeners: new Set(),
    now: null,
    read() {
      if (session.now && Date.parse(session.now.expiresAt) <= Date.now()) session.set(null);
      return session.now;
    },
    peek: () => session.now, // for React, which must not change anything by looking
    set(value) {
      session.now = value;
      if (value) sessionStorage.setItem(session.key, JSON.stringify(value));
      else sessionStorage.removeItem(session.key);
      session.listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      session.listeners.add(listener);
      return () => session.listeners.delete(listener);
    },
  };
  try {
    session.now = JSON.parse(sessionStorage.getItem(session.key));
  } catch {
    sessionStorage.removeItem(session.key);
  }
  setInterval(session.read, 5000); // so that the page says when the session is over

  /** The Authorization to send: the headers editor's, else the session's. */
  function authorization(headers) {
    const own = Object.keys(headers ?? {}).find((name) => name.toLowerCase() === 'authorization');
    if (own) return headers[own];
    const current = session.read();
    return current ? `Bearer ${current.accessToken}` : '';
  }

  /** Takes the session from any answer of signIn or refreshSession, and ends it after signOut. */
  function learn(result, roots) {
    let entered = false;
    for (const [name, payload] of Object.entries(result.data ?? {})) {
      if (payload?.accessToken) {
        entered = true;
        const { accessToken, expiresAt, viewer } = payload;
        session.set({ accessToken, name: viewer?.name ?? '', expiresAt: expiresAt ?? new Date(Date.now() + 9e5).toISOString() });
      }
      if (roots[name] === 'signOut' && payload?.errors?.length === 0) session.set(null);
    }
    if (!entered && refused(result)) session.set(null);
  }

  const refused = (result) => result.errors?.some((e) => e.extensions?.code === 'UNAUTHENTICATED') ?? false;

  // ---- Fetcher -------------------------------------------------------------------------------
  /** The operation that will run, of a document that may hold several. */
  function operationOf(params, document) {
    const operations = document?.definitions.filter((d) => d.kind === 'OperationDefinition') ?? [];
    return operations.find((d) => d.name?.value === params.operationName) ?? operations[0];
  }

  /** Root fields by the name they have in the answer. */
  function rootsOf(operation) {
    const fields = operation?.selectionSet.selections.filter((s) => s.kind === 'Field') ?? [];
    return Object.fromEntries(fields.map((f) => [f.alias?.value ?? f.name.value, f.name.value]));
  }

  function fetcher(params, options = {}) {
    const operation = operationOf(params, options.documentAST);
    return operation?.operation === 'subscription' ? follow(params, operation, options.headers) : ask(params, operation, options.headers);
  }

  async function ask(params, operation, headers) {
    const roots = rootsOf(operation);
    const names = Object.values(roots);
    // An Authorization that has run out is refused whatever is asked, so who signs in sends none.
    const entering = names.length > 0 && names.every((name) => name === 'signIn' || name === 'refreshSession');
    const token = entering ? '' : authorization(headers);
    const answer = await post(params, headers, token);
    learn(answer, roots);
    // The schema is for everybody; a session that the server has forgotten must not hide it.
    if (params.operationName === 'IntrospectionQuery' && token && refused(answer)) return post(params, headers, '');
    return answer;
  }

  async function post(params, headers, token) {
    const response = await fetch(settings.graphqlPath, {
      method: 'POST',
      headers: {
        ...headers,
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json;q=0.9',
        ...(token && { Authorization: token }),
      },
      body: JSON.stringify(params),
    });
    return response.json();
  }

  /** A subscription as GraphiQL takes it: an observable. After a lost connection it goes on behind the last cursor. */
  function follow(params, operation, headers) {
    return {
      subscribe(observer) {
        const payload = { ...params, variables: { ...params.variables } };
        const resumable = operation.variableDefinitions?.some((v) => v.variable.name.value === 'after');
        const client = graphqlWs.createClient({
          url: new URL(settings.graphqlPath, location.href).href.replace(/^http/, 'ws'),
          connectionParams: () => ({ Authorization: authorization(headers) }),
          retryAttempts: 20,
          on: { connected: () => observer.next({ extensions: { console: 'Conectado. As mudanças aparecem aqui assim que acontecem.' } }) },
        });
        const stop = client.subscribe(payload, {
          next(result) {
            const cursor = Object.values(result.data ?? {})[0]?.cursor;
            if (resumable && cursor) payload.variables.after = cursor; // read again when the client reconnects
            if (refused(result)) session.set(null);
            observer.next(result);
          },
          error: (error) => observer.error(readable(error)),
          complete: () => observer.complete(),
        });
        return {
          unsubscribe() {
            stop();
            client.dispose();
          },
        };
      },
    };
  }

  /** Errors of the protocol come as a list, those of the socket as a close event. */
  function readable(error) {
    if (error instanceof CloseEvent) return new Error(`A conexão foi encerrada: ${error.code} ${error.reason}`);
    return error;
  }

  // ---- Example tabs --------------------------------------------------------------------------
  const example = (operation) => settings.examples.find((e) => e.operation === operation);

  // New examples take the place of tabs kept from an older version of this page.
  const versionKey = 'citrus-console:examples';
  const version = String(settings.examples.map((e) => e.query + e.variables).join('').split('').reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7));
  if (localStorage.getItem(versionKey) !== version) {
    localStorage.removeItem('graphiql:tabState');
    // The first tab's variables are shown only when they are found here (GraphiQL 4.1).
    localStorage.setItem('graphiql:query', settings.examples[0].query);
    localStorage.setItem('graphiql:variables', settings.examples[0].variables);
    localStorage.setItem(versionKey, version);
  }

  // GraphiQL names a tab after its operation, and GraphQL's names have neither spaces nor accents.
  function retitle() {
    for (const button of document.querySelectorAll('[id^="graphiql-session-tab-"]')) {
      const known = example(button.textContent);
      if (known && known.title !== button.textContent) button.textContent = button.title = known.title;
    }
  }
  new MutationObserver(retitle).observe(document.getElementById('console'), { subtree: true, childList: true, characterData: true });

  const filledKey = 'citrus-console:filled';

  /** Fills the reply's variables when its tab is opened, unless somebody has edited them. */
  function Filler() {
    const { tabs, activeTabIndex, variableEditor } = useEditorContext({ nonNull: true });
    const current = useSyncExternalStore(session.subscribe, session.peek);
    const tab = tabs[activeTabIndex];
    const shown = example(tab?.operationName ?? '');
    useEffect(() => {
      const before = variableEditor?.getValue();
      if (!current || !shown?.choice || ![shown.variables, localStorage.getItem(filledKey)].includes(before)) return undefined;
      let left = false;
      choose(shown, current).then((text) => {
        if (left || !text || variableEditor.getValue() !== before) return;
        localStorage.setItem(filledKey, text);
        variableEditor.setValue(text);
      }, () => {}); // no answer, nothing filled: running the tab will say why
      return () => { left = true; };
    }, [tab?.id, shown, variableEditor, current]);
    return null;
  }

  /** Variables for an answer to a ticket that waits for one; nothing when there is none. */
  async function choose(shown, current) {
    const { data } = await post({ query: shown.choice }, {}, `Bearer ${current.accessToken}`);
    const open = ({ node }) =>
      node.availableActions.some((a) => a.action === 'REPLY_PUBLICLY' && a.allowed) &&
      node.outboundAttempts.edges.every((e) => e.node.state === 'FAILED' || e.node.interaction);
    const ticket = data?.tickets.edges.find(open)?.node;
    if (!ticket) return '';
    const variables = JSON.parse(shown.variables);
    Object.assign(variables.input, {
      ticketId: ticket.id,
      lastSeenInteractionId: ticket.interactions.edges[0]?.node.id ?? null,
      idempotencyKey: newKey(),
    });
    return JSON.stringify(variables, null, 2);
  }

  /** A key for one intention; randomUUID is there on https and localhost alone. */
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

  function Session() {
    const current = useSyncExternalStore(session.subscribe, session.peek);
    const until = current && new Date(current.expiresAt).toLocaleTimeString('pt-BR', { hour: '2-digit', minute: '2-digit' });
    return h('span', { className: `console-session${current ? '' : ' is-out'}`, role: 'status' },
      current ? `${current.name || 'Sessão'}, até ${until}` : 'Sem sessão: execute a aba Entrar');
  }

  ReactDOM.createRoot(document.getElementById('console')).render(
    h(GraphiQL, {
      fetcher,
      defaultTabs: settings.examples.map(({ query, variables }) => ({ query, variables })),
      defaultEditorToolsVisibility: 'variables',
      shouldPersistHeaders: false,
      inputValueDeprecation: true,
      schemaDescription: true,
    }, h(GraphiQL.Logo, null, h('div', { className: 'console-brand' }, 'Canal Reclame Aqui', h(Session), h(Filler)))),
  );
})();
