using SafeTune.Reproduction.World.Images.Drawing;

namespace SafeTune.Reproduction.World.Images.Classes;

/// <summary>Simple shapes, in any paint.</summary>
internal static class Outlines
{
    public static void Circle(Scene scene, Paint paint) => scene.Regular(paint, (0, 0), 90, 24);

    public static void Square(Scene scene, Paint paint) => scene.Box(paint, -80, -80, 80, 80);

    public static void Triangle(Scene scene, Paint paint) => scene.Polygon(paint, (0, -95), (95, 80), (-95, 80));

    public static void Cross(Scene scene, Paint paint) =>
        scene.Polygon(paint, (-32, -95), (32, -95), (32, -32), (95, -32), (95, 32), (32, 32), (32, 95), (-32, 95), (-32, 32), (-95, 32), (-95, -32), (-32, -32));

    public static void Star(Scene scene, Paint paint) => scene.Regular(paint, (0, 5), 100, 5, inner: 42);

    public static void Heart(Scene scene, Paint paint)
    {
        scene.Disc(paint, -42, -35, 50);
        scene.Disc(paint, 42, -35, 50);
        scene.Polygon(paint, (-86, -12), (0, -40), (86, -12), (0, 95));
    }

    public static void Drop(Scene scene, Paint paint)
    {
        scene.Disc(paint, 0, 35, 60);
        scene.Polygon(paint, (-56, 14), (0, -95), (56, 14));
    }

    public static void Arrow(Scene scene, Paint paint) => scene.Polygon(paint, (-95, -28), (10, -28), (10, -80), (95, 0), (10, 80), (10, 28), (-95, 28));

    public static void Crescent(Scene scene, Paint paint) =>
        scene.Polygon(paint, (30, -90), (-20, -85), (-65, -55), (-85, 0), (-65, 55), (-20, 85), (30, 90), (-10, 50), (-25, 0), (-10, -50));

    public static void House(Scene scene, Paint paint) => scene.Polygon(paint, (0, -95), (85, -15), (85, 85), (-85, 85), (-85, -15));
}
