// @ts-check
/**
 * The words the widget and the server exchange, as types; nothing here runs. `firstline/widget/rules.py` is the other side.
 *
 * @typedef {{ n: number, title: string, url: string | null }} Citation
 *
 * @typedef {object} Entry one line of the conversation that the customer may see
 * @property {string} id
 * @property {string} conversation ids rise with time
 * @property {number} seq place in the conversation, rising
 * @property {"message" | "joined" | "closed"} kind
 * @property {{ kind: "contact" | "agent" | "teammate" | "bot" | "system", name: string }} by
 * @property {string} text
 * @property {Citation[]} citations
 * @property {{ name: string, size: number, type: string, shown: boolean, url: string }[]} [files] with the message; the address is on this server, empty while it is on its way
 * @property {string} at RFC 3339
 * @property {string} [clientId] the id this visitor's browser gave the message
 * @property {string[]} [options] answers to the agent's question, to be chosen instead of written
 * @property {boolean} [answer] an answer of the agent, which can be rated
 * @property {boolean} [stream] new from the agent: show it word by word
 * @property {"up" | "down"} [feedback]
 *
 * @typedef {object} State who has the conversation now
 * @property {{ kind: "agent" | "teammate" | "team" | "bot" | "nobody", name: string }} owner
 * @property {"open" | "closed" | "none"} status
 * @property {boolean} poweredByAi the agent would take a new conversation here
 * @property {boolean} [asked] a person was asked for and has not come yet
 *
 * @typedef {{ t: "ready", visitor: string, conversation: string | null, entries: Entry[], more: boolean, cursor: string,
 *   agent: { name: string, avatar: string | null }, limits: Limits, transcript: string } & State} Ready `transcript` is where the conversation can be sent
 * @typedef {{ t: "entry", entry: Entry }} EntryFrame
 * @typedef {{ t: "history", entries: Entry[], more: boolean }} History
 * @typedef {{ t: "typing", by: { kind: string, name: string }, on: boolean }} Typing
 * @typedef {{ t: "ack", clientId: string, id: string, conversation: string, seq: number, at: string }} Ack
 * @typedef {{ t: "error", code: string, message: string, why?: string, clientId?: string }} Failure `why` is for whoever built the page
 * @typedef {{ t: "bye", reconnect: number }} Bye seconds until the server wants to see this browser again
 * @typedef {{ t: "transcript", to: string }} Transcript on its way there
 * @typedef {Ready | EntryFrame | History | Typing | ({ t: "state" } & State) | Ack | Failure | Transcript | Bye | { t: "pong" }} ServerFrame
 *
 * @typedef {{ count: number, size: number, accept: string }} FileLimits files of one message, bytes of one file, what a chooser offers
 * @typedef {{ text: number, files?: FileLimits | null }} Limits characters in one message; no files where there is none
 *
 * @typedef {object} Config what `/widget/{account}/config` says, and what the loader adds
 * @property {string} account
 * @property {string} server
 * @property {string} key name of this account's place in storage
 * @property {string} who what follows it for a customer whom the website names, or ""
 * @property {string} identity the website's token that names the customer, or ""
 * @property {string} lang language of the page
 * @property {string} company
 * @property {{ name: string, avatar: string | null }} agent
 * @property {string} welcome
 * @property {string} emailQuestion what the greeting asks whoever has not written yet; empty where it does not ask
 * @property {boolean} poweredByAi
 * @property {{ mode: "auto" | "light" | "dark", accent: string | null, position: "end" | "start" }} theme
 * @property {Limits} limits
 * @property {string} locale language of the strings
 * @property {"ltr" | "rtl"} dir
 * @property {Record<string, string>} strings
 */
export {};
