import { ask, notice } from './api.js';
import { openModal, showAnswers, useComponent } from './answers.js';
import { commandForm } from './commands.js';
import { fillSelect, find, make, show } from './dom.js';
import { showMembers } from './members.js';
import { messageView } from './message.js';
import { nameOf } from './names.js';
import { showWire } from './wire.js';

const everyMs = 1000;
let state = null;
let seen = '';

const chosenGuild = () => state.guilds.find(({ id }) => id === find('guild').value) ?? state.guilds[0];
const actorId = () => find('actor').value;

const commands = commandForm({
  current: () => ({ state, guild: chosenGuild() }),
  where: () => ({ user_id: actorId(), guild_id: chosenGuild().id }),
  ran: (answer) => {
    openModal(answer, refresh);
    void refresh();
  },
});

for (const id of ['guild', 'actor']) {
  find(id).addEventListener('change', () => {
    seen = '';
    void refresh();
  });
}

/** Reads everything and shows what changed. */
async function refresh() {
  const [next, answers, wire] = await Promise.all([
    ask('GET', '/state'),
    ask('GET', '/interactions?limit=40'),
    ask('GET', '/requests?writes_only=true&limit=60'),
  ]);
  const text = JSON.stringify([next, answers, wire]);
  if (text === seen) return;
  seen = text;
  state = next;
  fillSelect(
    find('guild'),
    state.guilds.map(({ id, name }) => [id, name]),
  );
  const guild = chosenGuild();
  if (!guild) return;
  const people = guild.members.filter(({ user }) => !user.bot);
  fillSelect(
    find('actor'),
    people.map(({ user }) => [user.id, nameOf(user)]),
  );
  // Cookies know no ports: the authorize page then proposes the same person.
  document.cookie = `sandbox_user=${actorId()}; path=/oauth2; samesite=lax`;
  commands.update();
  showMembers(state, guild, actorId(), refresh);
  showAnswers(answers.interactions, { state, guild, actorId: actorId(), refresh });
  showChannels(guild);
  showWire(wire, state, guild);
}

function showChannels(guild) {
  show(
    find('channels'),
    ...guild.channels.map((channel) =>
      make(
        'details',
        { open: channel.messages.length > 0 },
        make('summary', {}, `# ${channel.name} · ${channel.messages.length}`),
        ...channel.messages
          .toReversed()
          .map((message) =>
            messageView(message, state, guild, (component, values) =>
              useComponent(message, component, values, { actorId: actorId(), refresh }),
            ),
          ),
      ),
    ),
  );
}

async function keepWatching() {
  try {
    if (!document.hidden) await refresh();
    if (find('notice').textContent === gone) notice('');
  } catch {
    notice(gone);
  }
  setTimeout(() => void keepWatching(), everyMs);
}

const gone = 'The local Discord does not answer. Is it still running?';
void keepWatching();
