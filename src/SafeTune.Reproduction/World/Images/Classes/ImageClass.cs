using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>What the images of one class have in common.</summary>
/// <param name="Name">The class.</param>
/// <param name="Draw">Draws its figure.</param>
internal sealed record ImageClass(string Name, Action<Scene> Draw);
