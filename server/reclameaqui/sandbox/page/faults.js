// What goes wrong: single faults, chaos, broken complaints; and the limit, the licence, tokens and callbacks.
import { act, button, byId, call, exactly, field, make, option } from './api.js'

const kinds = {
  'drop-after-accept': 'aceitar e cair antes de responder', 'drop-before-accept': 'cair sem aceitar', delay: 'responder depois',
  status: 'responder um status', code: 'responder um código', 'broken-json': 'cortar o JSON', 'wrong-total': 'total errado',
  'show-late': 'aceitar e mostrar depois', 'alter-text': 'aceitar e alterar o texto', disappear: 'aceitar e sumir com a reclamação',
}
let list = null

export function drawFaults(state) {
  if (list === null) {
    list = make('ul', {})
    byId('falhas').replaceChildren(...[armed(state), chaos(state), money(state), health(state)].map(children => make('div', { className: 'card' }, ...children)))
  }
  list.replaceChildren(...state.faults.map(f => make('li', {
    textContent: `${f.endpoint}: ${kinds[f.kind]}${f.code ? ' ' + f.code : ''}${f.status ? ' ' + f.status : ''}` +
      `${f.showAfterSeconds ? `, aparece após ${f.showAfterSeconds} s` : ''}${f.delayMs ? `, ${f.delayMs} ms depois` : ''}, mais ${f.times} vez(es)`,
  })))
  if (state.faults.length === 0) list.replaceChildren(make('li', { className: 'quiet', textContent: 'nenhuma à espera' }))
}

const number = (value, properties = {}) => make('input', { type: 'number', value, ...properties })
const title = text => make('h3', { textContent: text })

function armed(state) {
  const endpoint = make('select', {}, ...state.choices.endpoints.map(name => option(name)))
  endpoint.value = 'reply'
  const kind = make('select', {}, ...state.choices.faultKinds.map(name => option(name, kinds[name])))
  const code = number(''), delay = number(''), late = number(''), times = number(1), alter = make('input', { type: 'checkbox' })
  const form = make('form', {}, field('Onde', endpoint), field('O quê', kind), field('Código ou status', code), field('Atraso da resposta (ms)', delay),
    field('Aparece após (s, do relógio do RA)', late), make('label', {}, alter, ' alterar também o texto'), field('Vezes', times),
    make('div', { className: 'row' }, make('button', { className: 'main', textContent: 'Armar' }),
      button('Desarmar todas', () => act('Nenhuma falha à espera.', () => call('DELETE', '/faults')))))
  form.onsubmit = event => {
    event.preventDefault()
    const given = Number(code.value) || undefined
    act('Falha armada.', () => call('POST', '/faults', {
      endpoint: endpoint.value, kind: kind.value, times: Number(times.value), alter: alter.checked,
      ...(kind.value === 'status' ? { status: given } : kind.value === 'code' ? { code: given } : {}),
      ...(delay.value ? { delayMs: Number(delay.value) } : {}), ...(late.value ? { showAfterSeconds: Number(late.value) } : {}),
    }))
  }
  return [title('Falhas que esperam uma chamada'), list, form]
}

function chaos(state) {
  const odds = { dropBefore: 'cair sem aceitar', dropAfter: 'aceitar e cair', delay: 'atrasar', error500: 'erro 500', limit429: 'limite 429', showLate: 'mostrar depois', alterText: 'alterar o texto' }
  const seed = number(1)
  const endpoint = make('select', {}, ...state.choices.endpoints.map(name => option(name)))
  const inputs = Object.fromEntries(Object.keys(odds).map(key => [key, number(0, { min: 0, max: 100 })]))
  const form = make('form', {}, field('Onde', endpoint), field('Semente', seed), ...Object.entries(odds).map(([key, label]) => field(label + ' (%)', inputs[key])),
    make('div', { className: 'row' }, make('button', { className: 'main', textContent: 'Ligar o caos' }), button('Desligar', () => act('Sem caos.', () => call('DELETE', '/chaos')))))
  form.onsubmit = event => {
    event.preventDefault()
    act('Caos ligado.', () => call('PUT', '/chaos', {
      seed: Number(seed.value), endpoints: { [endpoint.value]: Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, Number(input.value) / 100])) },
    }))
  }
  return [title('Caos'), make('p', { className: 'quiet', textContent: 'Ao acaso, mas igual para a mesma semente.' }), form]
}

function money(state) {
  const rate = number(state.rate), end = make('input', { type: 'datetime-local' })
  return [title('Limite, licença e tokens'), make('form', { onsubmit: event => event.preventDefault() },
    field('Chamadas por minuto', rate), button('Mudar o limite', () => act('Limite mudado.', () => call('PUT', '/rate', { rate: Number(rate.value) }))),
    field('Fim da licença', end), make('div', { className: 'row' },
      button('Mudar o fim', () => act('Licença mudada.', () => call('PUT', '/licence', { end: new Date(end.value).toISOString() }))),
      button('Terminar agora', () => act('A licença terminou.', () => call('PUT', '/licence', { end: new Date(new Date(byId('now').dateTime) - 1000).toISOString() })), 'bad'),
      button('Licença válida', () => act('Licença válida.', () => call('PUT', '/licence', {})))),
    button('Revogar todos os tokens', () => act('Tokens revogados.', () => call('DELETE', '/tokens')), 'bad'))]
}

function health(state) {
  const percent = number(state.malformedPercent, { min: 0, max: 100 }), url = make('input', { value: state.callback.url })
  const body = make('select', {}, ...['rotate', 'id', 'ticket_id', 'data', 'ticket', 'empty'].map(name => option(name)))
  body.value = state.callback.body
  const to = make('input', { type: 'datetime-local' })
  return [title('Reclamações, callback e relógio'), make('form', { onsubmit: event => event.preventDefault() },
    field('Reclamações malformadas (%)', percent), button('Mudar', () => act('Mudado.', () => call('PUT', '/malformed', { percent: Number(percent.value) }))),
    field('Endereço do callback', url), field('Corpo do callback', body),
    button('Mudar o callback', () => act('Callback mudado.', () => call('PUT', '/callback', { url: url.value, body: body.value }))),
    field('Relógio em', to), button('Acertar o relógio', () => act('Relógio acertado: ' + exactly(to.value), () => call('PUT', '/clock', { set: new Date(to.value).toISOString() }))))]
}
