namespace VerifyTests;

/// <summary>Whether what was received is accepted without asking.</summary>
public delegate bool AutoVerify(string verifiedFile);

/// <inheritdoc cref="AutoVerify"/>
public delegate bool GlobalAutoVerify(string typeName, string methodName, string verifiedFile);
