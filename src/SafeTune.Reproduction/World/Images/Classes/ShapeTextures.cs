using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>CIFAR-100's place is taken by ten shapes in ten textures; one shape in five textures is a coarse class.</summary>
internal static class ShapeTextures
{
    private const int CoarseSize = 5;

    private static readonly (string Name, Action<Scene, Paint> Draw)[] Shapes =
    [
        ("circle", Outlines.Circle), ("square", Outlines.Square), ("triangle", Outlines.Triangle), ("cross", Outlines.Cross), ("star", Outlines.Star),
        ("heart", Outlines.Heart), ("drop", Outlines.Drop), ("arrow", Outlines.Arrow), ("crescent", Outlines.Crescent), ("house", Outlines.House),
    ];

    private static readonly Texture[] Textures =
        [Texture.Stripes, Texture.Dots, Texture.Checks, Texture.Grid, Texture.Plain, Texture.Waves, Texture.Zigzag, Texture.Rings, Texture.Bricks, Texture.Speckle];

    /// <summary>The hundred fine classes; those of one coarse class follow each other.</summary>
    public static IReadOnlyList<ImageClass> All { get; } = [.. Shapes.SelectMany(shape => Textures.Select(texture => new ImageClass(
        $"{texture.ToString().ToLowerInvariant()}_{shape.Name}",
        scene => shape.Draw(scene, scene.Textured(texture, scene.Dice.Between(11, 14), scene.Dice.Below(360))))))];

    /// <summary>The twenty coarse classes.</summary>
    public static IReadOnlyList<string> Coarse { get; } = [.. Shapes.SelectMany(shape => (string[])[$"ruled_{shape.Name}", $"loose_{shape.Name}"])];

    /// <summary>The fine classes that have images: five shapes in four textures.</summary>
    public static IReadOnlyList<int> Used { get; } =
        [.. Enumerable.Range(0, 5).SelectMany(shape => Enumerable.Range(0, 4).Select(texture => shape * Textures.Length + texture))];

    /// <summary>The coarse class of a fine one.</summary>
    public static int CoarseOf(int fine) => fine / CoarseSize;
}
