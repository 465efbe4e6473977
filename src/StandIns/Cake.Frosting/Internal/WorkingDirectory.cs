using Cake.Core.IO;

namespace Cake.Frosting.Internal;

/// <summary>The folder that the build asked for.</summary>
internal sealed record WorkingDirectory(DirectoryPath Path);
