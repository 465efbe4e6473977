using System.Reflection;

namespace StandIns.Tests.Surface;

/// <summary>
/// The public and protected members of an assembly, one a line, in the format of the lists in tests/Api
/// (F field, M method, P property, T type, E event). The lists of the real packages were made with the same rules.
/// </summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static SortedSet<string> Of(Assembly assembly)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in assembly.GetTypes().Where(IsVisible))
        {
            var name = type.FullName!.Replace('+', '.');
            lines.Add(Line(type, name));
            foreach (var member in type.GetMembers(Declared))
            {
                if (Line(type, name, member) is { } line)
                {
                    lines.Add(line);
                }
            }
        }

        return lines;
    }

    private static bool IsVisible(Type type) => type.IsNested
        ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
        : type.IsPublic;

    private static string Line(Type type, string name)
    {
        var kind = (type.IsAbstract, type.IsSealed) switch { (true, false) => "abstract ", (true, true) => "static ", _ => "" };
        var generic = type.IsGenericType ? Arguments(type.GetGenericArguments()) : "";
        var values = type.IsEnum ? $" {{{string.Join(",", Enum.GetNames(type))}}}" : "";
        return $"T {kind}{name}{generic}{values}";
    }

    private static string? Line(Type type, string name, MemberInfo member) => member switch
    {
        MethodBase method when (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && IsWritten(method) => Line(name, method),
        PropertyInfo property when (property.GetMethod ?? property.SetMethod) is { IsPublic: true } or { IsFamily: true } => Line(name, property),
        FieldInfo field when (field.IsPublic || field.IsFamily) && !type.IsEnum => $"F {Name(field.FieldType)} {name}.{field.Name}",
        EventInfo => $"E {name}.{member.Name}",
        _ => null,
    };

    // Accessors are part of their property; operators and constructors are members of their own.
    private static bool IsWritten(MethodBase method) =>
        !method.IsSpecialName || method.IsConstructor || method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Line(string type, MethodBase method)
    {
        var scope = (method.IsFamily ? "protected " : "") + (method.IsStatic ? "static " : "");
        var result = method is MethodInfo { ReturnType: var returned } ? Name(returned) + " " : "";
        var generic = method.IsGenericMethod ? Arguments(method.GetGenericArguments()) : "";
        return $"M {scope}{result}{type}.{method.Name}{generic}({Parameters(method.GetParameters())})";
    }

    private static string Line(string type, PropertyInfo property)
    {
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";
        var access = (property.GetMethod?.IsPublic == true ? "get;" : "") + (property.SetMethod?.IsPublic == true ? "set;" : "");
        return $"P {Name(property.PropertyType)} {type}.{property.Name}{index} {{{access}}}";
    }

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(parameter =>
        (parameter.IsOut ? "out " : "") + Name(parameter.ParameterType) + " " + parameter.Name
        + (parameter.HasDefaultValue ? FormattableString.Invariant($"={parameter.RawDefaultValue ?? "null"}") : "")));

    private static string Arguments(Type[] types) => $"<{string.Join(",", types.Select(Name))}>";

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        var name = type.Name.Split('`')[0] + (type.IsGenericType ? Arguments(type.GetGenericArguments()) : "");
        return name switch
        {
            "Int64" => "long",
            "Int32" => "int",
            "Double" => "double",
            "Single" => "float",
            "Boolean" => "bool",
            "String" => "string",
            "Void" => "void",
            _ => name,
        };
    }
}
