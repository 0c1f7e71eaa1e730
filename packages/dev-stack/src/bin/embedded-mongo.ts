// The stand-in's own command, reached through this package so that its guardian finds it from sources and from a build.
import '@latchkey/embedded-mongo/serve';
