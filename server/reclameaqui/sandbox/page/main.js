// The page of the sandbox: what is asked again every two seconds, and which part is seen.
import { act, button, byId, call, say, when, exactly } from './api.js'
import { drawCalls } from './calls.js'
import { drawComplaints, startComplaints } from './complaints.js'
import { drawFaults } from './faults.js'
import { drawRoutes } from './routes.js'
import { drawSwitches } from './switches.js'

const parts = { reclamacoes: drawComplaints, falhas: drawFaults, regras: drawSwitches, chamadas: drawCalls, rotas: drawRoutes }
const part = () => parts[location.hash.slice(1)] ? location.hash.slice(1) : 'reclamacoes'

async function refresh() {
  const name = part()
  for (const id in parts) byId(id).hidden = id !== name
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash.slice(1) === name) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  try {
    const state = await call('GET', '/state')
    head(state)
    await parts[name](state)
  } catch (error) {
    say(error instanceof TypeError ? 'O servidor não responde.' : error.message, true)
  }
}

function head(state) {
  const used = Object.values(state.callsInWindow).reduce((a, b) => Math.max(a, b), 0)
  const faults = state.faults.reduce((n, f) => n + f.times, 0)
  byId('now').textContent = exactly(state.now)
  byId('now').dateTime = state.now
  byId('facts').textContent = [
    `${state.complaints} reclamações`, `${used} de ${state.rate} chamadas no último minuto`,
    state.callback.url ? `callbacks: ${state.callback.delivered} entregues, ${state.callback.failed} falhos` : 'sem endereço de callback',
    `${state.posts} escritas da empresa`, state.postsNotShown && `${state.postsNotShown} ainda por aparecer`, faults && `${faults} falha(s) à espera`,
    state.chaos.endpoints && 'caos ligado', state.malformedPercent && `${state.malformedPercent}% malformadas`,
    state.clockSeconds && `relógio adiantado`, `licença até ${when(state.licence.end)}`,
  ].filter(Boolean).join(' · ')
}

const advance = (label, seconds) => button(label, () => act('Relógio adiantado.', () => call('PUT', '/clock', { advance: seconds })), '', 'Adiantar o relógio do Reclame Aqui')
byId('drive').replaceChildren(advance('+1 min', 60), advance('+10 min', 600), advance('+1 h', 3600), advance('+1 dia', 86400), advance('+6 meses', 86400 * 184))

startComplaints(refresh)
window.addEventListener('hashchange', refresh)
refresh()
setInterval(() => { if (!document.hidden) refresh() }, 2000)
