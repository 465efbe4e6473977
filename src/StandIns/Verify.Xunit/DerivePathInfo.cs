using System.Reflection;
using VerifyTests;

namespace VerifyXunit;

/// <summary>Where a test's snapshots lie and what they are called.</summary>
public delegate PathInfo DerivePathInfo(string sourceFile, string projectDirectory, Type type, MethodInfo method);
