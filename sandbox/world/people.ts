import { randomBytes } from 'node:crypto';
import type { AccessToken, Application, User } from '../records.ts';
import { must, type WorldState } from './state.ts';

export type NewUser = Partial<User>;

export interface NewApplication {
  id?: string;
  name?: string;
  ownerId?: string;
  botToken?: string;
  clientSecret?: string;
  redirectUris?: string[];
  isPublicClient?: boolean;
  portalIntents?: Partial<Application['portalIntents']>;
}

/** Users, applications and their tokens. */
export function peopleActions(state: WorldState) {
  function addUser(given: NewUser = {}): User {
    const id = given.id ?? state.newId();
    const user: User = {
      username: `user${id.slice(-6)}`,
      globalName: null,
      avatar: null,
      bot: false,
      email: `${id}@example.test`,
      locale: 'en-US',
      mfaEnabled: true,
      acceptsDms: true,
      ...given,
      id,
    };
    state.users.set(id, user);
    return user;
  }

  return {
    addUser,

    /** An application with its bot user (same id, as new applications have). All privileged intents are on unless said otherwise. */
    addApplication(given: NewApplication = {}): Application {
      const id = given.id ?? state.newId();
      const name = given.name ?? 'Rolewright';
      addUser({ id, username: name, bot: true, email: null });
      const application: Application = {
        id,
        name,
        botId: id,
        botToken: given.botToken ?? newBotToken(id),
        clientSecret: given.clientSecret ?? randomBytes(16).toString('hex'),
        publicKey: randomBytes(32).toString('hex'),
        ownerId: given.ownerId ?? addUser({ username: 'developer' }).id,
        redirectUris: given.redirectUris ?? [],
        isPublicClient: given.isPublicClient ?? false,
        portalIntents: { guildMembers: true, presences: true, messageContent: true, ...given.portalIntents },
        commands: new Map(),
        roleMetadata: [],
        sessionStarts: [],
      };
      state.applications.set(id, application);
      return application;
    },

    /** The old bot token stops working; the new one is returned. Running sessions end (close code 4004). */
    resetBotToken(applicationId: string): string {
      const application = must(state.applications.get(applicationId), `application ${applicationId}`);
      application.botToken = newBotToken(applicationId);
      state.publish('BOT_TOKEN_REVOKED', { applicationId }, () => ({}));
      return application.botToken;
    },

    /** As when the owner resets the token and keeps the new one to himself. */
    revokeBotToken(applicationId: string): void {
      const application = must(state.applications.get(applicationId), `application ${applicationId}`);
      application.botToken = null;
      state.publish('BOT_TOKEN_REVOKED', { applicationId }, () => ({}));
    },

    /** A bearer token of a user for an application, as the OAuth2 part hands out. */
    addAccessToken(
      given: Pick<AccessToken, 'applicationId' | 'userId' | 'scopes'> & Partial<AccessToken>,
    ): AccessToken {
      const token: AccessToken = {
        token: randomBytes(24).toString('base64url'),
        expiresAt: state.now() + 604_800_000,
        ...given,
      };
      state.accessTokens.set(token.token, token);
      return token;
    },

    applicationOfBotToken(token: string): Application | undefined {
      return [...state.applications.values()].find(({ botToken }) => botToken !== null && botToken === token);
    },

    /** The live access token, or undefined if unknown or expired. */
    accessToken(token: string): AccessToken | undefined {
      const found = state.accessTokens.get(token);
      return found && found.expiresAt > state.now() ? found : undefined;
    },
  };
}

function newBotToken(applicationId: string): string {
  const id = Buffer.from(applicationId).toString('base64url');
  return `${id}.${randomBytes(4).toString('base64url')}.${randomBytes(27).toString('base64url')}`;
}
