using System.Collections;
using System.Globalization;
using System.Reflection;

namespace VerifyTests.Internal;

/// <summary>A test's parameters as they stand in a snapshot's name: <c>_name=value_name=value</c>.</summary>
internal static class ParameterText
{
    public static string Of(MethodInfo method, object?[] values)
    {
        var parameters = method.GetParameters();
        if (values.Length > parameters.Length)
        {
            throw new InvalidOperationException(
                $"The number of passed in parameters ({values.Length}) must be fewer than the number of parameters for the method ({parameters.Length}).");
        }

        return string.Concat(values.Select((value, i) => $"_{parameters[i].Name}={Text(value, isInner: false)}"));
    }

    private static string Text(object? value, bool isInner) => value switch
    {
        null => "null",
        string text => Guard.Cleaned(text),
        IFormattable number => Guard.Cleaned(number.ToString(null, CultureInfo.InvariantCulture)),
        IEnumerable values => List(values, isInner),
        _ => Guard.Cleaned(value.ToString() ?? ""),
    };

    private static string List(IEnumerable values, bool isInner)
    {
        var text = string.Join(',', values.Cast<object?>().Select(value => Text(value, isInner: true)));
        return isInner || text.Length == 0 ? $"[{text}]" : text;
    }
}
