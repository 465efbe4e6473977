// In no namespace, as in the package: runners show the name before the message, and tools look for it.
internal sealed class VerifyException(string message) : Exception(message);
