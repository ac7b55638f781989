// Examples of the admin side for a shell.
import { base, byId, make } from './api.js'

const id = '/complaints/90000001'
const examples = [
  ['POST', '/complaints', '{"title":"Não chegou","text":"Pedido 123.","customer":{"name":"Maria Teste","email":"maria@example.com"},"files":[{"name":"foto.png"}]}'],
  ['GET', '/complaints?limit=5&q=entrega&status=5'], ['GET', id], ['GET', id + '/posts'], ['GET', '/posts?kind=public&by=api'],
  ['POST', id + '/company-reply', '{"text":"Olá, já estamos verificando."}'], ['POST', id + '/replica', '{"text":"Ainda nada.","files":[{"name":"foto.png"}]}'],
  ['POST', id + '/private-message', '{"text":"Segue o comprovante."}'], ['POST', id + '/company-message', '{"text":"Qual o pedido?"}'], ['POST', id + '/end-thread'],
  ['POST', id + '/ask-moderation', '{"reason":5,"text":"Há ofensas."}'], ['POST', id + '/moderate', '{"accept":true,"effect":"text","text":"Texto limpo."}'],
  ['POST', id + '/ask-evaluation'], ['POST', id + '/evaluation', '{"rating":9,"resolved":true,"backDoingBusiness":true,"consideration":"Resolvido."}'],
  ['POST', id + '/consideration', '{"text":"Pensando melhor, ótimo."}'], ['POST', id + '/comment', '{"text":"Comigo também."}'], ['POST', id + '/edit', '{"text":"Ligue para ***."}'],
  ['POST', id + '/redistribute', '{"companyId":910001}'], ['POST', id + '/freeze'], ['POST', id + '/duplicate'], ['POST', id + '/deactivate'], ['PUT', id + '/hidden', '{"on":true}'],
  ['POST', '/happen'], ['PUT', '/life', '{"on":true}'], ['PUT', '/rate', '{"rate":10}'], ['PUT', '/clock', '{"advance":600}'],
  ['PUT', '/callback', '{"url":"http://127.0.0.1:8080/callbacks/reclame-aqui/TOKEN","body":"rotate"}'],
  ['POST', '/faults', '{"endpoint":"reply","kind":"drop-after-accept","showAfterSeconds":180}'], ['POST', '/faults', '{"endpoint":"moderation","kind":"code","code":40918,"times":2}'], ['DELETE', '/faults'],
  ['PUT', '/chaos', '{"seed":1,"endpoints":{"reply":{"dropBefore":0.05,"dropAfter":0.05,"error500":0.05,"limit429":0.05,"showLate":0.1}}}'], ['DELETE', '/chaos'],
  ['PUT', '/switches', '{"replicaAsComplaint":true,"errorForm":"oauth"}'], ['PUT', '/malformed', '{"percent":10}'], ['PUT', '/licence', '{"end":"2026-12-31T00:00:00Z"}'], ['DELETE', '/tokens'],
  ['GET', '/state'], ['GET', '/calls?limit=20'],
]

export function drawRoutes() {
  if (byId('rotas').childElementCount > 0) return
  byId('rotas').replaceChildren(
    make('p', { className: 'quiet', textContent: 'Sem senha: só para esta máquina. 90000001 é o id numérico (HugMe). A API do Reclame Aqui fica em ' + location.origin + '/api.' }),
    make('pre', {
      textContent: examples.map(([method, path, body]) =>
        `curl -s${method === 'GET' ? '' : ' -X ' + method} '${location.origin}${base}${path}'${body ? ` -d '${body}'` : ''}`).join('\n'),
    }))
}
