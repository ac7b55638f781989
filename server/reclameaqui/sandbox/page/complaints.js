// The list of complaints and the one that is chosen.
import { act, button, byId, call, field, make, option, something, whenDone, when } from './api.js'
import { actions } from './actions.js'
import { complaint } from './thread.js'

let chosen = null
let drawn = { list: '', one: '' }
let limit = 60

export function startComplaints(refresh) {
  whenDone(async value => {
    if (value && value.complaint) chosen = value.complaint.id
    else if (value && value.complaint_title !== undefined) chosen = value.id
    await refresh()
  })
  let typing
  byId('search').oninput = () => { clearTimeout(typing); typing = setTimeout(refresh, 200) }
  byId('status').onchange = refresh
  byId('happen').onclick = () => act('Aconteceu.', () => call('POST', '/happen'))
  createForm()
}

function createForm() {
  const inputs = {
    title: make('input', {}), text: make('textarea', {}), name: make('input', {}), email: make('input', { type: 'email' }),
    cpf: make('input', { inputMode: 'numeric' }), source: make('select', {}, option('', 'Reclame Aqui'), option('Facebook'), option('Twitter')),
    companyId: make('select', {}, option(900001, 'Loja Aurora'), option(900002, 'Aurora Viagens')),
  }
  const labels = { title: 'Título', text: 'Texto', name: 'Nome', email: 'E-mail', cpf: 'CPF', source: 'Origem', companyId: 'Empresa' }
  const form = byId('create')
  form.replaceChildren(make('p', { className: 'quiet', textContent: 'O que ficar vazio é inventado.' }),
    ...Object.keys(inputs).map(key => field(labels[key], inputs[key])), make('button', { className: 'main', textContent: 'Reclamar' }))
  form.onsubmit = async event => {
    event.preventDefault()
    const { title, text, name, email, cpf, source, companyId } = Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, input.value]))
    const customer = name || email || cpf ? { name, email, cpf } : undefined
    if (await act('Reclamação criada.', () => call('POST', '/complaints', { title, text, source, companyId: Number(companyId), customer }))) {
      form.reset()
      byId('new').open = false
    }
  }
}

export async function drawComplaints(state) {
  if (byId('status').childElementCount === 1) {
    byId('status').append(...state.choices.raStatuses.map(s => option(s.id, `${s.name} (${s.id})`)))
  }
  byId('life').textContent = state.life ? 'Vida: ligada' : 'Vida: desligada'
  byId('life').setAttribute('aria-pressed', state.life)
  byId('life').onclick = () => act(state.life ? 'Vida desligada.' : 'Vida ligada.', () => call('PUT', '/life', { on: !state.life }))
  const query = new URLSearchParams({ limit, q: byId('search').value.trim(), status: byId('status').value })
  const page = await call('GET', '/complaints?' + query)
  if (chosen === null && page.data.length > 0) chosen = page.data[0].id
  drawList(page)
  if (chosen !== null) drawOne(await call('GET', '/complaints/' + chosen), state)
}

function drawList(page) {
  const now = JSON.stringify([page.data.map(t => [t.id, t.complaint_title, t.ra_status.id]), page.meta.total, chosen])
  if (now === drawn.list) return
  drawn.list = now
  const inList = byId('list').contains(document.activeElement)
  byId('list').replaceChildren(...page.data.map(row))
  const current = byId('list').querySelector('[aria-current=true]')
  if (inList && current) current.focus({ preventScroll: true })
  byId('more').replaceChildren(...[`${page.data.length} de ${page.meta.total} `,
    page.data.length < page.meta.total && button('mostrar mais', () => { limit += 120; byId('status').onchange() })].filter(something))
}

function row(t) {
  return make('li', {}, make('button', { type: 'button', aria: { current: t.id === chosen }, onclick: () => { chosen = t.id; byId('status').onchange() } },
    make('b', { textContent: t.complaint_title }), make('span', { className: 'tag', textContent: t.ra_status.name }),
    make('small', { textContent: `${t.customer.name} · ${when(t.creation_date)}` })))
}

function drawOne(t, state) {
  const now = JSON.stringify(t)
  if (now === drawn.one) return
  drawn.one = now
  byId('one').replaceChildren(...complaint(t))
  actions(t, state.choices)
}
